#ifndef BENCHMARKS_CROCKSDB_SHIM_H
#define BENCHMARKS_CROCKSDB_SHIM_H

#include <rocksdb/c.h>

#endif
