#include "cli/doctor_ladder.hpp"

#include <algorithm>
#include <utility>

#include "json_writer.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

constexpr std::size_t kStepColumns = 16;

std::string_view capitals(haulier_verdict verdict) {
  switch (verdict) {
    case HAULIER_PASS:
      return "PASS";
    case HAULIER_WARN:
      return "WARN";
    case HAULIER_FAIL:
      return "FAIL";
    case HAULIER_SKIP:
      break;
  }
  return "SKIP";
}

std::string padded(std::string_view text, std::size_t columns) {
  std::string out(text);
  out.resize(std::max(columns, out.size() + 1), ' ');
  return out;
}

std::string finding_text(const Finding& finding) {
  std::string out = padded(capitals(finding.verdict), 6) + padded(escape_for_terminal(finding.step), kStepColumns);
  if (!finding.subject.empty()) out += escape_for_terminal(finding.subject) + ": ";
  out += escape_for_terminal(finding.words) + "\n";
  if (!finding.remedy.empty()) {
    out += std::string(6 + kStepColumns, ' ') + "do: " + escape_for_terminal(finding.remedy) + "\n";
  }
  return out;
}

}  // namespace

void Ladder::add(Finding finding) {
  if (finding.verdict == HAULIER_FAIL && finding.exit_code == ExitCode::ok) finding.exit_code = ExitCode::bug;
  findings_.push_back(std::move(finding));
  if (out_) *out_ << finding_text(findings_.back()) << std::flush;
}

ExitCode Ladder::exit_code() const {
  const auto first = std::find_if(findings_.begin(), findings_.end(),
                                  [](const Finding& finding) { return finding.verdict == HAULIER_FAIL; });
  return first == findings_.end() ? ExitCode::ok : first->exit_code;
}

std::string Ladder::summary() const {
  std::string out;
  for (const haulier_verdict verdict : {HAULIER_PASS, HAULIER_WARN, HAULIER_FAIL, HAULIER_SKIP}) {
    const auto count = std::count_if(findings_.begin(), findings_.end(),
                                     [verdict](const Finding& finding) { return finding.verdict == verdict; });
    out += (out.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(capitals(verdict));
  }
  const ExitCode code = exit_code();
  return out + " (exit code " + std::to_string(to_int(code)) + ": " + std::string(exit_code_words(code)) + ")";
}

std::string Ladder::json(std::string_view pipeline) const {
  JsonWriter json(2);
  json.begin_object().member("pipeline", pipeline).member("exit_code", to_int(exit_code()));
  json.key("findings").begin_list();
  for (const Finding& finding : findings_) {
    json.begin_object().member("verdict", capitals(finding.verdict)).member("step", finding.step);
    json.member("subject", finding.subject).member("words", finding.words).member("remedy", finding.remedy);
    if (finding.verdict == HAULIER_FAIL) json.member("exit_code", to_int(finding.exit_code));
    json.end_object();
  }
  return json.end_list().end_object().take() + "\n";
}

}  // namespace haulier::host
