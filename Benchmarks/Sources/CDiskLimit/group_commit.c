#include "CDiskLimit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct group;

struct producer {
    struct group *group;
    sem_t durable;
};

struct group {
    int descriptor;
    const void *record;
    size_t record_byte_count, producer_count, records_per_producer;
    pthread_mutex_t mutex;
    struct producer **waiting; // Those whose records the next flush makes durable.
    size_t waiting_count;
    sem_t work;
    pthread_barrier_t start;
    int error; // Written by the committer before it posts.
};

static void *produce(void *argument) {
    struct producer *producer = argument;
    struct group *group = producer->group;
    pthread_barrier_wait(&group->start);
    for (size_t index = 0; index < group->records_per_producer; index++) {
        pthread_mutex_lock(&group->mutex);
        group->waiting[group->waiting_count++] = producer;
        pthread_mutex_unlock(&group->mutex);
        sem_post(&group->work);
        while (sem_wait(&producer->durable) != 0) {}
    }
    return NULL;
}

// Continues after an error, so that no producer waits forever.
static void commit_all(struct group *group, struct producer **taken, char *bytes) {
    size_t total = group->producer_count * group->records_per_producer;
    off_t offset = 0;
    for (size_t done = 0; done < total;) {
        while (sem_wait(&group->work) != 0) {}
        pthread_mutex_lock(&group->mutex);
        size_t count = group->waiting_count;
        memcpy(taken, group->waiting, count * sizeof *taken);
        group->waiting_count = 0;
        pthread_mutex_unlock(&group->mutex);
        if (count == 0) continue;
        size_t byte_count = count * group->record_byte_count;
        for (size_t index = 0; index < count; index++)
            memcpy(bytes + index * group->record_byte_count, group->record, group->record_byte_count);
        ssize_t written = pwrite(group->descriptor, bytes, byte_count, offset);
        if (written != (ssize_t)byte_count) group->error = written < 0 ? errno : ENOSPC;
        if (fdatasync(group->descriptor) != 0) group->error = errno;
        offset += (off_t)byte_count;
        done += count;
        for (size_t index = 0; index < count; index++) sem_post(&taken[index]->durable);
    }
}

int disk_limit_group_commit(const char *path, const void *record, size_t record_byte_count, size_t producer_count,
                            size_t records_per_producer, uint64_t *nanoseconds) {
    struct group group = {.record = record, .record_byte_count = record_byte_count,
                          .producer_count = producer_count, .records_per_producer = records_per_producer};
    group.descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (group.descriptor < 0) return errno;
    pthread_t *threads = calloc(producer_count, sizeof *threads);
    struct producer *producers = calloc(producer_count, sizeof *producers);
    struct producer **taken = calloc(producer_count, sizeof *taken);
    group.waiting = calloc(producer_count, sizeof *group.waiting);
    char *bytes = malloc(producer_count * record_byte_count);
    if (!threads || !producers || !taken || !group.waiting || !bytes) abort();
    pthread_mutex_init(&group.mutex, NULL);
    sem_init(&group.work, 0, 0);
    pthread_barrier_init(&group.start, NULL, (unsigned)producer_count + 1);
    for (size_t index = 0; index < producer_count; index++) {
        producers[index].group = &group;
        sem_init(&producers[index].durable, 0, 0);
        if (pthread_create(&threads[index], NULL, produce, &producers[index]) != 0) abort();
    }
    struct timespec start, end;
    pthread_barrier_wait(&group.start);
    clock_gettime(CLOCK_MONOTONIC, &start);
    commit_all(&group, taken, bytes);
    for (size_t index = 0; index < producer_count; index++) pthread_join(threads[index], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    *nanoseconds = (uint64_t)(end.tv_sec - start.tv_sec) * 1000000000 + (uint64_t)(end.tv_nsec - start.tv_nsec);
    for (size_t index = 0; index < producer_count; index++) sem_destroy(&producers[index].durable);
    pthread_barrier_destroy(&group.start);
    sem_destroy(&group.work);
    pthread_mutex_destroy(&group.mutex);
    free(bytes);
    free(group.waiting);
    free(taken);
    free(producers);
    free(threads);
    close(group.descriptor);
    return group.error;
}
