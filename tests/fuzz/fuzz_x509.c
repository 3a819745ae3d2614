/* links: addr.c date.c hash.c curve.c number.c */
/* SPDX-License-Identifier: MIT */
/* A server's certificates; with a first byte of '-', a CA file. */
#include "x509.c"

#include "tests/unit/certs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_file(const uint8_t *data, size_t size)
{
	struct trust *t = calloc(1, sizeof(*t));
	char *text = calloc(1, size + 1);

	if (t && text) {
		memcpy(text, data, size);
		add_all(t, text);
	}
	trust_free(t);
	free(text);
}

static struct trust *root(void)
{
	static struct trust t;
	char text[sizeof(cert_root)];
	uint8_t bytes[sizeof(cert_root)];
	char *p = text;
	struct bytes d = { bytes, NULL };
	struct cert c;

	if (t.first)
		return &t;
	memcpy(text, cert_root, sizeof(text));
	d.end = base64(&p, bytes);
	if (!get_cert(&d, &c) || add_anchor(&t, &c))
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
