#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mime/email.hpp"
#include "mime/facts_reader.hpp"
#include "mime/file_names.hpp"
#include "mime/header_fields.hpp"
#include "mime/limits.hpp"
#include "mime/plain_text.hpp"
#include "mime/scan.hpp"
#include "mime/tnef.hpp"
#include "mime/transfer_decoder.hpp"

namespace haulier::mime {

// Asked between the parts of a message: true when its time is up. What is not read then stays out, with a defect.
using Expired = std::function<bool()>;

// Bytes of a message in, an Email out, whatever the bytes are. Keeps converters and buffers between messages, so use
// one per thread for long; the result depends on the message and the limits only. Throws nothing but bad_alloc.
class Reader {
 public:
  explicit Reader(const Limits& limits = {});
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The Email is valid until the next call; `message` must live as long as it is used. `progress`: see scan.hpp; text
  // parts at the front may be read once more after it. `expired`: headers and structure are read whatever it says.
  const Email& read(std::string_view message, const Progress& progress = {}, const Expired& expired = {});

 private:
  void clear();
  [[nodiscard]] bool out_of_time();
  void read_details();
  void choose_hint();
  void read_headers();
  void read_field(const HeaderField& field, std::uint64_t at);
  bool read_envelope_field(const HeaderField& field, std::uint64_t at);
  void read_ids(std::vector<std::string_view>& target, std::string_view value, std::uint64_t at);
  [[nodiscard]] std::string_view clean_id(std::string_view id);
  void read_subject(std::string_view value, std::uint64_t at);
  void read_list_id(std::string_view value, std::uint64_t at);
  void read_importance(const HeaderField& field);
  void read_addresses(std::vector<Address>& target, const HeaderField& field, std::uint64_t at, bool merge);
  void read_date();
  void read_html_bodies();
  void read_text_bodies();
  void read_plain_part(std::uint32_t index);
  void text_from_html(std::string_view html);
  void read_html_as_text(std::uint32_t index);
  void make_preview();
  void list_attachments();
  void count_attachments();
  void open_containers();
  [[nodiscard]] std::string* unpacked(const Attachment& row);
  bool open_tnef(std::size_t row);
  void add_tnef_child(const Attachment& container, const Tnef& tnef, const Tnef::Child& child, std::size_t number);
  void use_tnef_body(const Tnef& tnef);
  bool open_signed(std::size_t row);
  void take_over(const Email& inner, const Attachment& container, std::string_view bytes);
  [[nodiscard]] std::string_view text_of_tnef(std::string_view bytes, bool utf16, const Tnef& tnef);
  void add_attachment(std::uint32_t index, const std::vector<std::string>& cids);
  void add_uu_block(const Part& part, const UuBlock& block, std::uint64_t offset, std::size_t number);
  [[nodiscard]] Role role_of(std::uint32_t index, bool shown) const;
  void read_protection();
  std::string_view part_bytes(const Part& part);
  void append_converted(std::string& out, std::string_view bytes, std::uint32_t index);
  [[nodiscard]] std::string_view one_line(std::string_view value);
  [[nodiscard]] std::string_view unfolded_ascii(std::string_view value);
  [[nodiscard]] std::string_view decoded_line(std::string_view value, std::uint64_t at);
  [[nodiscard]] bool first_of(std::string_view known, std::uint64_t at);

  Limits limits_;
  Charsets charsets_;
  Email email_;
  HeaderText header_text_;
  AddressReader addresses_;
  PartDetailsReader details_;
  FactsReader facts_;
  SafeFileNames file_names_;

  std::deque<std::string> unpacked_;  // decoded containers; what is in them is views of these
  std::unique_ptr<Reader> inner_;     // for what an opaque signature holds; made when first needed
  bool unwraps_ = true;

  const Expired* expired_ = nullptr;  // during read()
  std::string_view message_;
  std::string_view hint_;
  std::string_view oldest_received_;
  std::string decoded_;  // one part after its transfer encoding
  std::string block_;    // scratch of decode_body
  std::string scratch_;
  std::vector<UuBlock> uu_blocks_;
  struct UuFile {
    std::uint32_t part;
    std::size_t number;
    UuBlock block;
  };
  std::vector<UuFile> uu_files_;
  struct HtmlSlice {
    std::uint32_t part;
    std::size_t begin;  // in email_.html
    std::size_t end;
  };
  std::vector<HtmlSlice> html_slices_;
  std::vector<std::string_view> ids_;
};

}  // namespace haulier::mime
