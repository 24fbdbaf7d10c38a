#ifndef TRADELEDGER_CPQ_SHIM_H
#define TRADELEDGER_CPQ_SHIM_H

#include <libpq-fe.h>

#endif
