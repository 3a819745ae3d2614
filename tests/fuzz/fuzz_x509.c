/* links: addr.c date.c hash.c curve.c number.c */
/* SPDX-License-Identifier: MIT */
/* A server's certificates; with a first byte of '-', a CA file. */
#include "x509.c"

#include "tests/unit/certs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trust t;

static void fuzz_file(const uint8_t *data, size_t size)
{
	if (size >= sizeof(t.chain))
		return;
	memcpy(t.chain, data, size);
	t.chain[size] = '\0';
	decode_all(&t);
}

static struct trust *root(void)
{
	text_format((char *)t.chain, sizeof(t.chain), "-----BEGIN CERTIFICATE-----\n%s", cert_root);
	decode_all(&t);
	if (!t.len)
		__builtin_trap();
	return &t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct x509_key key;
	const char *wrong;

	if (size && data[0] == '-') {
		fuzz_file(data, size);
		return 0;
	}
	wrong = x509_verify(root(), (struct bytes){ data, data + size }, size & 1 ? "192.0.2.7" : "www.example.org", 1735689600, &key);
	if (!wrong && key.type != X509_RSA && key.type != X509_ECDSA)
		__builtin_trap();
	return 0;
}
