#ifndef TRADELEDGER_CCURL_SHIM_H
#define TRADELEDGER_CCURL_SHIM_H

#include <curl/curl.h>

// Swift does not import functions with a variable number of arguments.

static inline CURLcode curl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*curl_body_function)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode curl_set_body_function(CURL *handle, curl_body_function function) {
    return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, function);
}

static inline CURLcode curl_get_status(CURL *handle, long *status) {
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, status);
}

#endif
