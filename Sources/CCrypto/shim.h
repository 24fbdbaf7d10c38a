// SHA-256 of short records is called without the search for an algorithm (sha.h), which OpenSSL 3 discourages.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
