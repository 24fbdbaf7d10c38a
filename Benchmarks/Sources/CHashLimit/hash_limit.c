#include "CHashLimit.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

int hash_limit_sha256(const char *path, size_t *byte_count) {
    enum { chunk_byte_count = 1 << 20 };
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return errno;
    char *chunk = malloc(chunk_byte_count);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int error = chunk && context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) ? 0 : ENOMEM;
    ssize_t count = 1;
    while (error == 0 && count != 0) {
        count = read(descriptor, chunk, chunk_byte_count);
        if (count < 0 && errno != EINTR) error = errno;
        if (count <= 0) continue;
        if (!EVP_DigestUpdate(context, chunk, (size_t)count)) error = EIO;
        *byte_count += (size_t)count;
    }
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (error == 0 && !EVP_DigestFinal_ex(context, digest, NULL)) error = EIO;
    EVP_MD_CTX_free(context);
    free(chunk);
    close(descriptor);
    return error;
}
