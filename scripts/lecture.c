// The program of the lecture that all this began with, for scripts/performance: sorts each FILE in a process of its own and
// lays the sorted numbers end to end in the parent, which has read them from pipes, worker after worker.
//
// As it was shown, but for three things: the array grows before it is written beyond its end, numbers are compared without
// an overflow, and a call that fails ends it.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct worker {
  int fd[2];
  int *array;
  int size;
  int id;
};

static void require(int is_good, const char *what) {
  if (is_good) return;
  perror(what);
  exit(1);
}

static int cmp(const void *a, const void *b) {
  const int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

static void write_to_pipe(int fd, const char *out, size_t size) {
  while (size > 0) {
    const ssize_t rc = write(fd, out, size);
    require(rc > 0, "write");
    out += rc;
    size -= (size_t)rc;
  }
}

static void read_from_pipe(int fd, char *in, size_t size) {
  while (size > 0) {
    const ssize_t rc = read(fd, in, size);
    require(rc > 0, "read");
    in += rc;
    size -= (size_t)rc;
  }
}

static void sorter(struct worker *worker, const char *filename) {
  FILE *file = fopen(filename, "r");
  require(file != NULL, filename);
  int size = 0;
  int capacity = 1024;
  int *array = malloc(capacity * sizeof(int));
  require(array != NULL, "malloc");
  while (fscanf(file, "%d", &array[size]) > 0) {
    if (++size < capacity) continue;
    capacity *= 2;
    array = realloc(array, capacity * sizeof(int));
    require(array != NULL, "realloc");
  }
  fclose(file);
  qsort(array, (size_t)size, sizeof(int), cmp);
  printf("Worker %d sorted %d numbers\n", worker->id, size);
  write_to_pipe(worker->fd[1], (const char *)&size, sizeof(size));
  write_to_pipe(worker->fd[1], (const char *)array, sizeof(int) * (size_t)size);
}

static uint64_t now_ns(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

int main(int argc, const char **argv) {
  const uint64_t start_ns = now_ns();
  const int nfiles = argc - 1;
  struct worker *workers = calloc((size_t)nfiles, sizeof(struct worker));
  for (int i = 0; i < nfiles; ++i) {
    struct worker *w = &workers[i];
    w->id = i;
    require(pipe(w->fd) == 0, "pipe");
    const pid_t pid = fork();
    require(pid >= 0, "fork");
    if (pid == 0) {
      close(w->fd[0]);
      sorter(w, argv[i + 1]);
      return 0;
    }
    close(w->fd[1]);
  }
  int total_size = 0;
  for (int i = 0; i < nfiles; ++i) {
    struct worker *w = &workers[i];
    read_from_pipe(w->fd[0], (char *)&w->size, sizeof(w->size));
    w->array = malloc((size_t)w->size * sizeof(int));
    read_from_pipe(w->fd[0], (char *)w->array, (size_t)w->size * sizeof(int));
    printf("Got %d numbers from worker %d\n", w->size, w->id);
    total_size += w->size;
    wait(NULL);
  }
  int *total_array = malloc((size_t)total_size * sizeof(int));
  int *pos = total_array;
  for (int i = 0; i < nfiles; ++i) {
    memcpy(pos, workers[i].array, (size_t)workers[i].size * sizeof(int));
    pos += workers[i].size;
  }
  __asm__ volatile("" : : "r"(total_array) : "memory");  // nobody reads it: no reason not to make it
  printf("presort time = %lfs\n", (double)(now_ns() - start_ns) / 1e9);
  return 0;
}
