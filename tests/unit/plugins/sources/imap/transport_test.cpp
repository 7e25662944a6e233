// A first connection that is begun before anybody asks for it.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <string>

#include "transport.hpp"

namespace haulier::imap {

namespace {

struct NamedStream : ByteStream {
  explicit NamedStream(std::string stream_name) : name(std::move(stream_name)) {}
  [[nodiscard]] Read read(std::span<char>) override { return {0, true}; }
  [[nodiscard]] std::size_t write(std::string_view) override { return 0; }
  std::chrono::milliseconds wait(bool, std::chrono::milliseconds) override { return {}; }
  [[nodiscard]] std::string description() const override { return name; }
  std::string name;
};

// Connections are numbered in the order they are made.
struct Numbered {
  Transport transport() {
    Transport out;
    out.connect = [this]() -> std::unique_ptr<ByteStream> {
      const int number = ++made;
      if (number == failing) throw IoError(IoError::Kind::kConnect, "refused");
      return std::make_unique<NamedStream>(std::to_string(number));
    };
    return out;
  }
  std::atomic<int> made{0};
  int failing = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(imap_transport)

BOOST_AUTO_TEST_CASE(the_first_connection_is_the_begun_one_and_the_next_ones_are_new) {
  Numbered numbered;
  const Transport transport = connecting(numbered.transport());
  const Transport copy = transport;
  BOOST_TEST(copy.connect()->description() == "1");
  BOOST_TEST(transport.connect()->description() == "2");
  BOOST_TEST(numbered.made == 2);
}

BOOST_AUTO_TEST_CASE(what_goes_wrong_with_it_is_told_by_connect_and_the_next_one_is_tried_anew) {
  Numbered numbered;
  numbered.failing = 1;
  const Transport transport = connecting(numbered.transport());
  BOOST_CHECK_THROW((void)transport.connect(), IoError);
  BOOST_TEST(transport.connect()->description() == "2");
}

BOOST_AUTO_TEST_CASE(one_that_nobody_takes_is_made_and_left) {
  Numbered numbered;
  { const Transport transport = connecting(numbered.transport()); }
  BOOST_TEST(numbered.made == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::imap
