/* The limit: librdkafka with records out of memory, which reads no file and keeps no state.
 * limit BROKERS TOPIC PARTITIONS RECORDS RECORD_BYTES; exits with 0 when every record was acked. */

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long acked = 0;

static void on_report(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque) {
  (void)kafka;
  (void)opaque;
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) acked++;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char why[512];
  if (rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK) return;
  fprintf(stderr, "%s\n", why);
  exit(2);
}

int main(int count, char **args) {
  if (count == 2 && strcmp(args[1], "--version") == 0) {
    puts(rd_kafka_version_str());
    return 0;
  }
  if (count != 6) {
    fputs("limit BROKERS TOPIC PARTITIONS RECORDS RECORD_BYTES\n", stderr);
    return 2;
  }
  const int partitions = atoi(args[3]);
  const long records = atol(args[4]);
  const size_t size = (size_t)atol(args[5]);

  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", args[1]);
  set(conf, "acks", "all");
  set(conf, "linger.ms", "0");
  set(conf, "queue.buffering.max.kbytes", "65536");
  rd_kafka_conf_set_dr_msg_cb(conf, on_report);
  char why[512];
  rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  if (kafka == NULL) {
    fprintf(stderr, "%s\n", why);
    return 2;
  }
  char *value = malloc(size);
  memset(value, 'x', size);
  rd_kafka_topic_t *topic = rd_kafka_topic_new(kafka, args[2], NULL);
  for (long sent = 0; sent < records;) {
    /* Neither copied nor freed: all records are the same bytes. */
    if (rd_kafka_produce(topic, (int32_t)(sent % partitions), 0, value, size, NULL, 0, NULL) == 0) sent++;
    else if (rd_kafka_last_error() == RD_KAFKA_RESP_ERR__QUEUE_FULL) rd_kafka_poll(kafka, 10);
    else {
      fprintf(stderr, "%s\n", rd_kafka_err2str(rd_kafka_last_error()));
      return 1;
    }
    rd_kafka_poll(kafka, 0);
  }
  rd_kafka_flush(kafka, 60000);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(kafka);
  free(value);
  return acked == records ? 0 : 1;
}
