#ifndef TRADELEDGER_CMICROHTTPD_SHIM_H
#define TRADELEDGER_CMICROHTTPD_SHIM_H

#include <sys/select.h>
#include <sys/socket.h>

#include <microhttpd.h>

#endif
