/* What GMime makes of each file that standard input names, in the form of mime_dump. A test oracle only: nothing of the
 * product links GMime. */
#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>

static void print_string(const char* text) {
  char* valid = g_utf8_make_valid(text != NULL ? text : "", -1);
  putchar('"');
  for (const unsigned char* c = (const unsigned char*)valid; *c != 0; ++c) {
    if (*c == '"' || *c == '\\')
      printf("\\%c", *c);
    else if (*c < 0x20)
      printf("\\u%04x", *c);
    else
      putchar(*c);
  }
  putchar('"');
  g_free(valid);
}

static void print_addresses(InternetAddressList* list, int* first) {
  const int count = list != NULL ? internet_address_list_length(list) : 0;
  for (int i = 0; i < count; ++i) {
    InternetAddress* address = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(address)) {
      print_addresses(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)), first);
      continue;
    }
    printf("%s[", *first ? "" : ",");
    *first = 0;
    print_string(internet_address_get_name(address));
    putchar(',');
    print_string(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)));
    putchar(']');
  }
}

static void print_hash(GMimePart* part) {
  GMimeDataWrapper* content = g_mime_part_get_content(part);
  GByteArray* bytes = g_byte_array_new();
  GMimeStream* stream = g_mime_stream_mem_new_with_byte_array(bytes);
  if (content != NULL) g_mime_data_wrapper_write_to_stream(content, stream);
  GChecksum* sum = g_checksum_new(G_CHECKSUM_SHA256);
  for (guint i = 0; i < bytes->len; ++i) {
    if (bytes->data[i] != '\r' && bytes->data[i] != '\n') g_checksum_update(sum, bytes->data + i, 1);
  }
  printf("\"%.16s\"", g_checksum_get_string(sum));
  g_checksum_free(sum);
  g_object_unref(stream);
}

static void print_leaves(GMimeObject* object, int* first, int depth) {
  if (object == NULL || depth > 64) return;
  if (GMIME_IS_MULTIPART(object)) {
    for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(object)); ++i)
      print_leaves(g_mime_multipart_get_part(GMIME_MULTIPART(object), i), first, depth + 1);
    return;
  }
  if (GMIME_IS_MESSAGE_PART(object)) {
    GMimeMessage* message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
    if (message != NULL) print_leaves(g_mime_message_get_mime_part(message), first, depth + 1);
    return;
  }
  if (!GMIME_IS_PART(object)) return;
  GMimeContentType* type = g_mime_object_get_content_type(object);
  char* name = g_mime_content_type_get_mime_type(type);
  char* lower = g_ascii_strdown(name, -1);
  printf("%s[", *first ? "" : ",");
  *first = 0;
  print_string(lower);
  putchar(',');
  print_hash(GMIME_PART(object));
  putchar(']');
  g_free(lower);
  g_free(name);
}

static void print_message(const char* path, GMimeMessage* message) {
  fputs("{\"file\":", stdout);
  print_string(path);
  fputs(",\"subject\":", stdout);
  print_string(g_mime_message_get_subject(message));
  fputs(",\"message_id\":", stdout);
  print_string(g_mime_message_get_message_id(message));
  GDateTime* date = g_mime_message_get_date(message);
  if (date != NULL) printf(",\"date\":%lld", (long long)g_date_time_to_unix(date));
  int first = 1;
  fputs(",\"from\":[", stdout);
  print_addresses(g_mime_message_get_from(message), &first);
  first = 1;
  fputs("],\"to\":[", stdout);
  print_addresses(g_mime_message_get_to(message), &first);
  first = 1;
  fputs("],\"leaves\":[", stdout);
  print_leaves(g_mime_message_get_mime_part(message), &first, 0);
  puts("]}");
}

int main(void) {
  char path[4096];
  g_mime_init();
  while (fgets(path, sizeof path, stdin) != NULL) {
    path[strcspn(path, "\n")] = 0;
    gchar* bytes = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &bytes, &size, NULL)) continue;
    GMimeStream* stream = g_mime_stream_mem_new_with_buffer(bytes, size);
    GMimeParser* parser = g_mime_parser_new_with_stream(stream);
    if (size > 5 && memcmp(bytes, "From ", 5) == 0) g_mime_parser_set_format(parser, GMIME_FORMAT_MBOX);
    GMimeMessage* message = g_mime_parser_construct_message(parser, NULL);
    if (message != NULL) {
      print_message(path, message);
      g_object_unref(message);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    g_free(bytes);
  }
  return 0;
}
