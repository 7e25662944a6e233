/* bench_gmime bytes|text, with a list of files on standard input, one per line: parses each and decodes every leaf;
 * prints bytes and processor seconds. Files are read into memory first.
 * bytes: decoded bytes go nowhere, nothing is converted. text: what a caller of GMime does who wants the content: text
 * parts as UTF-8 (g_mime_text_part_get_text), every other leaf in memory, subject, date and addresses asked for. */
#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void decode(GMimeObject* parent, GMimeObject* part, gpointer sink) {
  (void)parent;
  if (!GMIME_IS_PART(part)) return;
  GMimeDataWrapper* content = g_mime_part_get_content(GMIME_PART(part));
  if (content != NULL) g_mime_data_wrapper_write_to_stream(content, GMIME_STREAM(sink));
}

static void decode_to_memory(GMimeObject* parent, GMimeObject* part, gpointer ignored) {
  (void)parent;
  (void)ignored;
  if (GMIME_IS_TEXT_PART(part)) {
    g_free(g_mime_text_part_get_text(GMIME_TEXT_PART(part)));
  } else {
    GMimeStream* memory = g_mime_stream_mem_new();
    decode(NULL, part, memory);
    g_object_unref(memory);
  }
}

static void read_message(GMimeMessage* message, gboolean text, GMimeStream* sink) {
  if (!text) {
    g_mime_message_foreach(message, decode, sink);
    return;
  }
  g_mime_message_get_subject(message);
  g_mime_message_get_date(message);
  g_mime_message_get_from(message);
  g_mime_message_get_to(message);
  g_mime_message_get_cc(message);
  g_mime_message_foreach(message, decode_to_memory, NULL);
}

int main(int argc, char** argv) {
  if (argc != 2 || (strcmp(argv[1], "bytes") != 0 && strcmp(argv[1], "text") != 0)) return 64;
  const gboolean text = strcmp(argv[1], "text") == 0;
  char path[4096];
  GPtrArray* mails = g_ptr_array_new();
  unsigned long long bytes = 0;
  g_mime_init();
  while (fgets(path, sizeof path, stdin) != NULL) {
    path[strcspn(path, "\n")] = 0;
    gchar* content = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &content, &size, NULL)) continue;
    g_ptr_array_add(mails, g_byte_array_new_take((guint8*)content, size));
    bytes += size;
  }
  struct timespec begin, end;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
  for (guint i = 0; i < mails->len; ++i) {
    GMimeStream* stream = g_mime_stream_mem_new_with_byte_array(mails->pdata[i]);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    GMimeParser* parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage* message = g_mime_parser_construct_message(parser, NULL);
    GMimeStream* sink = g_mime_stream_null_new();
    if (message != NULL) {
      read_message(message, text, sink);
      g_object_unref(message);
    }
    g_object_unref(sink);
    g_object_unref(parser);
    g_object_unref(stream);
  }
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  printf("%llu %f\n", bytes, (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
  return 0;
}
