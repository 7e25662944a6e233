/* bench_gmime FOLDER-LIST on standard input, one file per line: parses each and decodes every leaf; prints bytes and
 * processor seconds. Files are read into memory first. */
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

int main(void) {
  char path[4096];
  GPtrArray* mails = g_ptr_array_new();
  unsigned long long bytes = 0;
  g_mime_init();
  while (fgets(path, sizeof path, stdin) != NULL) {
    path[strcspn(path, "\n")] = 0;
    gchar* text = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &text, &size, NULL)) continue;
    g_ptr_array_add(mails, g_byte_array_new_take((guint8*)text, size));
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
      g_mime_message_foreach(message, decode, sink);
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
