#include "report/metrics.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

namespace haulier::host::metrics_test {

BOOST_AUTO_TEST_SUITE(framework_host_report_metrics)

BOOST_AUTO_TEST_CASE(counters_add_and_gauges_replace) {
  Metrics metrics;
  BOOST_TEST(metrics.add("haulier_records_read_total", {{"source", "imap"}}, 3));
  BOOST_TEST(metrics.add("haulier_records_read_total", {{"source", "imap"}}));
  BOOST_TEST(metrics.set("haulier_queue_batches", {}, 5));
  BOOST_TEST(metrics.set("haulier_queue_batches", {}, 2));
  BOOST_TEST(metrics.value("haulier_records_read_total", {{"source", "imap"}}) == 4);
  BOOST_TEST(metrics.value("haulier_queue_batches") == 2);
  BOOST_TEST(metrics.value("haulier_unknown_total") == 0);
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused_and_changes_nothing) {
  Metrics metrics;
  BOOST_TEST(metrics.add("haulier_a_total", {}));
  BOOST_TEST(!metrics.set("haulier_a_total", {}, 9));
  BOOST_TEST(!metrics.set("haulier_a_total", {{"l", "v"}}, 9));
  BOOST_TEST(!metrics.add("haulier_a_total", {}, -1));
  BOOST_TEST(!metrics.add("no spaces", {}));
  BOOST_TEST(!metrics.add("haulier_b_total", {{"1bad", "x"}}));
  BOOST_TEST(metrics.value("haulier_a_total") == 1);
  BOOST_TEST(metrics.snapshot().size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_snapshot_is_sorted) {
  Metrics metrics;
  metrics.set("haulier_b", {}, 1);
  metrics.set("haulier_a", {{"x", "2"}}, 2);
  metrics.set("haulier_a", {{"x", "1"}}, 3);
  const auto samples = metrics.snapshot();
  BOOST_TEST(samples.at(0).labels.at("x") == "1");
  BOOST_TEST(samples.at(1).value == 2);
  BOOST_TEST(samples.at(2).name == "haulier_b");
}

BOOST_AUTO_TEST_CASE(too_many_series_are_dropped_and_counted) {
  Metrics metrics;
  for (std::size_t i = 0; i < Metrics::kMaxSeries; ++i) metrics.add("haulier_a_total", {{"i", std::to_string(i)}});
  BOOST_TEST(!metrics.add("haulier_a_total", {{"i", "one more"}}));
  BOOST_TEST(metrics.value("haulier_metric_series_dropped_total") == 1);
  BOOST_TEST(metrics.add("haulier_a_total", {{"i", "0"}}));
}

BOOST_AUTO_TEST_CASE(threads_lose_no_count) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 1000; ++i) metrics.add("haulier_a_total", {});
    });
  }
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(metrics.value("haulier_a_total") == 4000);
}

BOOST_AUTO_TEST_CASE(the_exposition_is_prometheus_text) {
  Metrics metrics;
  metrics.add("haulier_a_total", {{"x", "1"}}, 2);
  BOOST_TEST(metrics.exposition().find("haulier_a_total{x=\"1\"} 2") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::metrics_test
