// open_mpi_pair throughput|latency MESSAGE_BYTES COUNT, as two ranks: one way, or round trips, with blocking
// calls. Timed as `ipcsort micro` does (bench/messages/exchange.hpp): batches of some megabytes, from the
// sender's clock before its first call until the receiver has read the last byte; the first batch, or some
// trips, warm up.
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { batch_bytes = 4 << 20, trips_warm_up = 20 };

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);  // the same for both ranks: they are on one machine
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static volatile uint64_t seen;

// Reads every byte, so that the bytes have been fetched to where they are wanted.
static void read_all(const char* message, size_t bytes) {
  uint64_t sum = 0;
  size_t at = 0;
  for (; at + sizeof sum <= bytes; at += sizeof sum) {
    uint64_t word;
    memcpy(&word, message + at, sizeof word);
    sum += word;
  }
  for (; at < bytes; ++at) sum += (unsigned char)message[at];
  seen = sum;
}

static void send(char* message, int bytes, int to) {
  MPI_Send(message, bytes, MPI_BYTE, to, 0, MPI_COMM_WORLD);
}
static void receive(char* message, int bytes, int from) {
  MPI_Recv(message, bytes, MPI_BYTE, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  read_all(message, (size_t)bytes);
}

static void one_way(int rank, char* message, int bytes, long count) {
  long batch = batch_bytes / bytes;
  batch = batch < 8 ? 8 : batch > 1024 ? 1024 : batch;
  double taken_s = 0;
  for (long first = -batch; first < count; first += batch) {
    const long last = first < 0 ? 0 : first + batch < count ? first + batch : count;
    MPI_Barrier(MPI_COMM_WORLD);
    double begin_s = now_s();
    for (long number = first; number < last; ++number) {
      if (rank == 0)
        send(message, bytes, 1);
      else
        receive(message, bytes, 0);
    }
    const double end_s = now_s();
    MPI_Bcast(&begin_s, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    if (first >= 0) taken_s += end_s - begin_s;
  }
  if (rank == 1) printf("bytes_per_s %.9g\n", (double)bytes * (double)count / taken_s);
}

static int ascending(const void* left, const void* right) {
  const double a = *(const double*)left;
  const double b = *(const double*)right;
  return (a > b) - (a < b);
}

static void both_ways(int rank, char* message, int bytes, long count) {
  double* trips_s = malloc((size_t)count * sizeof *trips_s);
  if (trips_s == NULL) MPI_Abort(MPI_COMM_WORLD, 1);
  double sum_s = 0;
  for (long trip = -trips_warm_up; trip < count; ++trip) {
    if (rank == 1) {
      receive(message, bytes, 0);
      send(message, bytes, 0);
      continue;
    }
    const double begin_s = now_s();
    send(message, bytes, 1);
    receive(message, bytes, 1);
    if (trip < 0) continue;
    trips_s[trip] = now_s() - begin_s;
    sum_s += trips_s[trip];
  }
  if (rank == 0) {
    qsort(trips_s, (size_t)count, sizeof *trips_s, ascending);
    printf("latency_p50_s %.9g\nlatency_mean_s %.9g\n", trips_s[count / 2], sum_s / (double)count);
  }
  free(trips_s);
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int ranks = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const int bytes = argc == 4 ? atoi(argv[2]) : 0;
  const long count = argc == 4 ? atol(argv[3]) : 0;
  char* message = bytes > 0 ? malloc((size_t)bytes) : NULL;
  if (ranks != 2 || count < 1 || message == NULL) {
    fprintf(stderr, "open_mpi_pair throughput|latency MESSAGE_BYTES COUNT, as two ranks\n");
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  memset(message, 'm', (size_t)bytes);
  if (strcmp(argv[1], "throughput") == 0)
    one_way(rank, message, bytes, count);
  else
    both_ways(rank, message, bytes, count);
  free(message);
  MPI_Finalize();
  return 0;
}
