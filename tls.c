/* SPDX-License-Identifier: MIT */
/*
 * RFC 5246 with ECDHE (RFC 8422) and AEAD (RFC 5288, 7905). No server, renegotiation, CBC, session resumption or static keys: BearSSL,
 * which knows them as well, has three times the size.
 */
#include "tls.h"

#include "addr.h"
#include "aead.h"
#include "curve.h"
#include "hash.h"
#include "x509.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER 5
#define TAG AEAD_TAG
#define AAD 13 /* what a tag covers besides the data */
#define RECORD_MAX (16384 + 256)
/* What a server's certificates may come to, when they fill several records. */
#define IN_MAX (32 * 1024)
#define OUT_DATA 1024
#define NONCE 8 /* sent with each record, AES alone */
#define RANDOM 32
#define MASTER 48
#define VERIFY 12 /* bytes of Finished */
#define FRUITLESS_MAX 100 /* records without data */

enum content { CHANGE_CIPHER = 20, ALERT, HANDSHAKE, DATA };
enum message { HELLO_REQUEST, CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 11, SERVER_KEY, CERTIFICATE_REQUEST, HELLO_DONE, CLIENT_KEY = 16, FINISHED = 20 };
enum extension { SERVER_NAME, GROUPS = 10, POINT_FORMATS, SIGNATURES = 13, EXTENDED_MASTER = 23 };

/* What must come next. */
enum step { WANT_HELLO, WANT_CERTIFICATE, WANT_KEY, WANT_DONE, WANT_CHANGE, WANT_FINISHED, OPEN, ENDED };

struct suite {
	uint16_t id;
	uint8_t hash, key_len;
	bool chacha;
};
static const struct suite suites[] = {
	{ 0xc02b, HASH_SHA256, 16, false }, /* ECDSA */
	{ 0xc02f, HASH_SHA256, 16, false }, /* RSA */
	{ 0xc02c, HASH_SHA384, 32, false },
	{ 0xc030, HASH_SHA384, 32, false },
	{ 0xcca9, HASH_SHA256, 32, true },
	{ 0xcca8, HASH_SHA256, 32, true },
	{ 0x00ff, 0, 0, false }, /* no renegotiation (RFC 5746), never chosen */
};
#define SUITES (sizeof(suites) / sizeof(suites[0]))

/* Keys of one direction. */
struct half {
	bool on;
	uint64_t seq;
	uint8_t iv[AEAD_NONCE]; /* AES: 4 bytes and zeros */
	struct aead aead;
};

struct tls {
	int fd;
	enum step step;
	const struct trust *trust;
	time_t now;
	const struct suite *suite;
	bool extended; /* extended master secret, RFC 7627 */
	bool asked;    /* for a certificate of ours */
	unsigned fruitless;
	uint8_t randoms[2 * RANDOM]; /* client's, server's */
	uint8_t secret[CURVE_MAX];  /* of ECDHE, later the master secret */
	size_t secret_len;
	struct hash messages;
	uint8_t scalar[CURVE_MAX];
	const struct curve *curve;
	struct half read, write;
	struct x509_key key;

	/* Bytes of handshake messages that are not whole yet, then a record as it comes. in_got counts the record's. */
	uint8_t *in;
	size_t in_size, kept, in_got;
	/* Data of the record that is read, from data_at on. */
	size_t data_at, data_len;
	uint8_t out[HEADER + NONCE + OUT_DATA + TAG];
	size_t out_len, out_sent;
	int result;         /* of any call, once ENDED */
	bool said_end;
	const char *error;
	char name[];
};

bool tls_available(void)
{
	return true;
}

static int end(struct tls *t, int result)
{
	t->step = ENDED;
	t->result = result;
	return result;
}

static int refuse(struct tls *t, const char *error)
{
	t->error = error;
	return end(t, -EPROTO);
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put24(uint8_t *p, size_t v)
{
	*p = (uint8_t)(v >> 16);
	put16(p + 1, v);
}

static size_t get16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

static size_t get24(const uint8_t *p)
{
	return (size_t)p[0] << 16 | get16(p + 1);
}

/* getrandom() is missing before Linux 3.17, and waits just after the start. */
static bool fill_random(uint8_t *out, size_t len)
{
	int fd;
	bool ok;

	if (getrandom(out, len, GRND_NONBLOCK) == (ssize_t)len)
		return true;
	fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = read(fd, out, len) == (ssize_t)len;
	close(fd);
	return ok;
}

/* Ciphers */

/*
 * Behind the data stands the tag when encrypt; else the tag there becomes 0 when it is right. Before the data of AES stands the part of the
 * nonce that is sent: any number that does not come back.
 */
static void crypt_record(struct half *h, uint8_t type, uint8_t *data, size_t len, bool encrypt)
{
	uint8_t aad[AAD], nonce[AEAD_NONCE], tag[TAG];
	struct aead_text text = { nonce, aad, AAD, data, len };
	size_t i;

	for (i = 0; i < NONCE; i++)
		aad[i] = (uint8_t)(h->seq >> (56 - 8 * i));
	h->seq++;
	aad[8] = type;
	put16(aad + 9, 0x0303);
	put16(aad + 11, len);
	if (!h->aead.chacha && encrypt)
		memcpy(data - NONCE, aad, NONCE);
	memcpy(nonce, h->iv, AEAD_NONCE);
	for (i = 0; i < NONCE; i++)
		nonce[4 + i] ^= (h->aead.chacha ? aad : data - NONCE)[i];
	aead_run(&h->aead, &text, encrypt, tag);
	for (i = 0; i < TAG; i++)
		data[len + i] ^= tag[i];
}

static void set_half(const struct tls *t, struct half *h, const uint8_t *key, const uint8_t *iv)
{
	memcpy(h->iv, iv, t->suite->chacha ? AEAD_NONCE : 4);
	aead_set(&h->aead, t->suite->chacha, key, t->suite->key_len);
}

/* HMAC of a digest, where len is its length and not 0, the label and the seed: into the digest. */
static size_t sign(const struct tls *t, uint8_t digest[HASH_MAX], size_t len, const char *label, struct bytes seed)
{
	struct hash h;

	hash_begin_padded(&h, t->suite->hash, t->secret, t->secret_len, 0x36);
	hash_add(&h, digest, len);
	hash_add(&h, label, strlen(label));
	hash_add(&h, seed.p, (size_t)(seed.end - seed.p));
	len = hash_end(&h, digest);
	hash_begin_padded(&h, t->suite->hash, t->secret, t->secret_len, 0x5c);
	hash_add(&h, digest, len);
	return hash_end(&h, digest);
}

/* RFC 5246 section 5. */
static void expand(const struct tls *t, const char *label, struct bytes seed, uint8_t *out, size_t len)
{
	static const struct bytes none;
	uint8_t chain[HASH_MAX], piece[HASH_MAX];
	size_t digest_len = sign(t, chain, 0, label, seed), n;

	for (; len; len -= n, out += n) {
		memcpy(piece, chain, digest_len);
		sign(t, piece, digest_len, label, seed);
		sign(t, chain, digest_len, "", none);
		n = len < digest_len ? len : digest_len;
		memcpy(out, piece, n);
	}
}

/* Of all messages so far. */
static struct bytes messages_digest(const struct tls *t, uint8_t out[HASH_MAX])
{
	return (struct bytes){ out, out + hash_end(&t->messages, out) };
}

static void set_keys(struct tls *t)
{
	struct bytes seed = { t->randoms, t->randoms + 2 * RANDOM };
	uint8_t digest[HASH_MAX], out[MASTER], block[2 * (32 + 12)], swapped[2 * RANDOM];
	size_t key_len = t->suite->key_len, iv_len = t->suite->chacha ? 12 : 4;

	if (t->extended)
		seed = messages_digest(t, digest);
	expand(t, t->extended ? "extended master secret" : "master secret", seed, out, MASTER);
	memcpy(t->secret, out, MASTER);
	t->secret_len = MASTER;
	memcpy(swapped, t->randoms + RANDOM, RANDOM);
	memcpy(swapped + RANDOM, t->randoms, RANDOM);
	expand(t, "key expansion", (struct bytes){ swapped, swapped + sizeof(swapped) }, block, 2 * (key_len + iv_len));
	set_half(t, &t->write, block, block + 2 * key_len);
	set_half(t, &t->read, block + key_len, block + 2 * key_len + iv_len);
}

static void finished(const struct tls *t, const char *label, uint8_t out[VERIFY])
{
	uint8_t digest[HASH_MAX];

	expand(t, label, messages_digest(t, digest), out, VERIFY);
}

/* Out */

/* bytes: without header, of at most OUT_DATA. */
static void put_record(struct tls *t, uint8_t type, const void *bytes, size_t len)
{
	uint8_t *p, *data;
	size_t body = len;

	if (t->out_sent == t->out_len)
		t->out_sent = t->out_len = 0;
	p = t->out + t->out_len;
	data = p + HEADER;
	if (t->write.on && !t->write.aead.chacha) {
		data += NONCE;
		body += NONCE;
	}
	memcpy(data, bytes, len);
	if (t->write.on) {
		memset(data + len, 0, TAG);
		crypt_record(&t->write, type, data, len, true);
		body += TAG;
	}
	p[0] = type;
	put16(p + 1, 0x0303);
	put16(p + 3, body);
	t->out_len += HEADER + body;
}

/* message: with 4 bytes before its body, which this fills. */
static void put_message(struct tls *t, uint8_t type, uint8_t *message, size_t body)
{
	message[0] = type;
	put24(message + 1, body);
	if (t->suite)
		hash_add(&t->messages, message, 4 + body);
	put_record(t, HANDSHAKE, message, 4 + body);
}

/* 0 when all is sent. */
static int flush(struct tls *t)
{
	while (t->out_sent < t->out_len) {
		ssize_t n = send(t->fd, t->out + t->out_sent, t->out_len - t->out_sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -EAGAIN : end(t, -errno);
		t->out_sent += (size_t)n;
	}
	return 0;
}

/* What follows the name, and the list of signatures that is longer where nobody checks them. */
static const uint8_t extensions[] = {
	0, EXTENDED_MASTER, 0, 0,
	0, POINT_FORMATS, 0, 2, 1, 0,
	0, GROUPS, 0, 8, 0, 6, 0, CURVE_FIRST, 0, CURVE_FIRST + 1, 0, CURVE_FIRST + 2,
};
static const uint8_t signatures[] = {
	HASH_SHA256, X509_ECDSA, HASH_SHA256, X509_RSA, HASH_SHA384, X509_ECDSA, HASH_SHA384, X509_RSA, HASH_SHA512, X509_ECDSA, HASH_SHA512, X509_RSA,
	/* RSA-PSS, Ed25519, SHA-1. */
	8, 4, 8, 5, 8, 6, 8, 9, 8, 10, 8, 11, 8, 7, 2, X509_ECDSA, 2, X509_RSA,
};
#define SIGNATURES_CHECKED 12

static uint8_t *put_name(uint8_t *p, const char *name)
{
	size_t len = strlen(name);
	struct addr addr;

	if (!len || len > 255 || !addr_parse(name, &addr))
		return p;
	put16(p, SERVER_NAME);
	put16(p + 2, len + 5);
	put16(p + 4, len + 3);
	p[6] = 0;
	put16(p + 7, len);
	memcpy(p + 9, name, len);
	return p + 9 + len;
}

static void put_hello(struct tls *t)
{
	uint8_t message[512], *p = message + 4, *lengths;
	size_t i, signs = t->trust ? SIGNATURES_CHECKED : sizeof(signatures);

	put16(p, 0x0303);
	memcpy(p + 2, t->randoms, RANDOM);
	p += 2 + RANDOM;
	*p++ = 0; /* session */
	put16(p, 2 * SUITES);
	for (i = 0, p += 2; i < SUITES; i++, p += 2)
		put16(p, suites[i].id);
	put16(p, 0x0100); /* no compression */
	lengths = p + 2;
	p = put_name(lengths + 2, t->name);
	memcpy(p, extensions, sizeof(extensions));
	p += sizeof(extensions);
	put16(p, SIGNATURES);
	put16(p + 2, signs + 2);
	put16(p + 4, signs);
	memcpy(p + 6, signatures, signs);
	p += 6 + signs;
	put16(lengths, (size_t)(p - lengths - 2));
	put_message(t, CLIENT_HELLO, message, (size_t)(p - message - 4));
}

/* The server's messages */

static int malformed(struct tls *t)
{
	return refuse(t, "malformed answer");
}

static bool has_extension(struct bytes all, unsigned type)
{
	struct bytes value;
	bool found = false;

	while (all.end - all.p > 2) {
		found |= get16(all.p) == type;
		all.p += 2;
		if (!bytes_take(&all, 2, &value))
			return false;
	}
	return found;
}

static int on_hello(struct tls *t, struct bytes b)
{
	struct bytes session, extended = { NULL, NULL };
	const struct suite *suite = suites;

	if (b.end - b.p < 2 + RANDOM)
		return malformed(t);
	if (get16(b.p) != 0x0303)
		return refuse(t, "the server speaks a TLS older than 1.2");
	memcpy(t->randoms + RANDOM, b.p + 2, RANDOM);
	b.p += 2 + RANDOM;
	if (!bytes_take(&b, 1, &session) || b.end - b.p < 3 || b.p[2])
		return malformed(t);
	while (suite->hash && suite->id != get16(b.p))
		suite++;
	if (!suite->hash)
		return malformed(t);
	b.p += 3;
	if (b.p < b.end && !bytes_take(&b, 2, &extended))
		return malformed(t);
	t->suite = suite;
	t->extended = has_extension(extended, EXTENDED_MASTER);
	hash_begin(&t->messages, suite->hash);
	/* The hello is still in there. */
	hash_add(&t->messages, t->out + HEADER, t->out_len - HEADER);
	return 0;
}

static int on_certificate(struct tls *t, struct bytes b)
{
	struct bytes chain;
	const char *wrong;

	if (!bytes_take(&b, 3, &chain))
		return malformed(t);
	if (!t->trust)
		return 0;
	wrong = x509_verify(t->trust, chain, *t->name ? t->name : NULL, t->now, &t->key);
	return wrong ? refuse(t, wrong) : 0;
}

/* Of the curve and the server's point; who may have any key needs none to sign with. */
static bool share_signed(const struct tls *t, struct bytes share, struct bytes b)
{
	uint8_t digest[HASH_MAX];
	struct bytes sig;
	unsigned hash;

	if (!t->trust)
		return true;
	if (b.end - b.p < 2)
		return false;
	hash = b.p[0];
	b.p++;
	if (!x509_digest(hash, (struct bytes){ t->randoms, t->randoms + sizeof(t->randoms) }, share, digest))
		return false;
	hash |= (unsigned)*b.p++ << 8;
	return bytes_take(&b, 2, &sig) && x509_signed(&t->key, hash >> 8, hash & 0xff, digest, sig);
}

/*
 * ECDHE: what both will know. Our own point, another 10 or more milliseconds on a slow machine, waits until the server is done, so that the
 * loop turns between.
 */
static int on_key(struct tls *t, struct bytes b)
{
	struct bytes share = b, point;
	uint8_t product[CURVE_POINT(CURVE_MAX)];
	const struct curve *curve;
	size_t len;

	if (b.end - b.p < 4 || b.p[0] != 3)
		return malformed(t);
	curve = curve_of((unsigned)get16(b.p + 1));
	b.p += 3;
	if (!curve || !bytes_take(&b, 1, &point))
		return malformed(t);
	len = curve->len;
	if ((size_t)(point.end - point.p) != CURVE_POINT(len))
		return malformed(t);
	share.end = b.p;
	if (!share_signed(t, share, b))
		return refuse(t, "the server's signature is wrong");
	if (!fill_random(t->scalar, len))
		return refuse(t, "no random numbers");
	/* Below the order of the curve, and not 0. */
	t->scalar[0] = 0;
	t->scalar[len - 1] |= 1;
	t->curve = curve;
	memcpy(product, point.p, CURVE_POINT(len));
	if (!curve_multiply(curve, product, t->scalar, NULL))
		return malformed(t);
	memcpy(t->secret, product + 1, len);
	t->secret_len = len;
	return 0;
}

static int on_request(struct tls *t, struct bytes b)
{
	(void)b;
	t->asked = true;
	return 0;
}

static int on_done(struct tls *t, struct bytes b)
{
	uint8_t message[4 + 1 + CURVE_POINT(CURVE_MAX)] = { 0 };

	(void)b;
	if (t->asked)
		put_message(t, CERTIFICATE, message, 3);
	message[4] = (uint8_t)CURVE_POINT(t->curve->len);
	curve_begin(t->curve, message + 5);
	curve_multiply(t->curve, message + 5, t->scalar, NULL);
	put_message(t, CLIENT_KEY, message, 1u + message[4]);
	set_keys(t);
	message[0] = 1;
	put_record(t, CHANGE_CIPHER, message, 1);
	t->write.on = true;
	finished(t, "client finished", message + 4);
	put_message(t, FINISHED, message, VERIFY);
	return 0;
}

static int on_finished(struct tls *t, struct bytes b)
{
	uint8_t verify[VERIFY];

	finished(t, "server finished", verify);
	if (b.end - b.p != VERIFY || memcmp(b.p, verify, VERIFY))
		return refuse(t, "the end of the handshake is forged");
	return 0;
}

static int on_message(struct tls *t, uint8_t type, const uint8_t *message, size_t len)
{
	static const struct {
		uint8_t type, when, then;
		int (*take)(struct tls *, struct bytes);
	} known[] = {
		{ SERVER_HELLO, WANT_HELLO, WANT_CERTIFICATE, on_hello },
		{ CERTIFICATE, WANT_CERTIFICATE, WANT_KEY, on_certificate },
		{ SERVER_KEY, WANT_KEY, WANT_DONE, on_key },
		{ CERTIFICATE_REQUEST, WANT_DONE, WANT_DONE, on_request },
		{ HELLO_DONE, WANT_DONE, WANT_CHANGE, on_done },
		{ FINISHED, WANT_FINISHED, OPEN, on_finished },
	};
	struct bytes body = { message + 4, message + len };
	size_t i;
	int err;

	/* We don't begin anew. */
	if (type == HELLO_REQUEST)
		return 0;
	for (i = 0; known[i].type != type || known[i].when != t->step;)
		if (++i == sizeof(known) / sizeof(known[0]))
			return malformed(t);
	if (t->suite && type != FINISHED)
		hash_add(&t->messages, message, len);
	err = known[i].take(t, body);
	if (err)
		return err;
	if (type == SERVER_HELLO)
		hash_add(&t->messages, message, len);
	t->step = known[i].then;
	return 0;
}

/* In */

static int on_handshake(struct tls *t, const uint8_t *data, size_t len)
{
	size_t done = 0, n;
	int err = 0;

	memmove(t->in + t->kept, data, len);
	t->kept += len;
	while (!err && t->kept - done >= 4) {
		n = 4 + get24(t->in + done + 1);
		if (t->kept - done < n)
			break;
		err = on_message(t, t->in[done], t->in + done, n);
		done += n;
	}
	t->kept -= done;
	memmove(t->in, t->in + done, t->kept);
	return err;
}

static int on_alert(struct tls *t, const uint8_t *data, size_t len)
{
	if (len != 2)
		return malformed(t);
	if (data[1] == 0) {
		t->said_end = true;
		return end(t, 0);
	}
	if (data[0] == 1)
		return 0;
	switch (data[1]) {
	/* Some that speak TLS 1.3 only, and all that ask for a certificate, send this. */
	case 40:
		return refuse(t, "the server speaks TLS 1.3 only, has no cipher of ours or asks for a certificate");
	case 70:
		return refuse(t, "the server speaks TLS 1.3 only, we 1.2");
	case 112:
		return refuse(t, "the server does not know the name");
	default:
		return refuse(t, "the server sent an alert");
	}
}

static int on_change(struct tls *t, const uint8_t *data, size_t len)
{
	if (t->step != WANT_CHANGE || t->kept || len != 1 || *data != 1)
		return malformed(t);
	t->read.on = true;
	t->step = WANT_FINISHED;
	return 0;
}

static int open_record(struct tls *t, uint8_t type, uint8_t **data, size_t *len)
{
	size_t nonce = t->read.aead.chacha ? 0 : NONCE, i;
	uint8_t wrong = 0;

	if (*len < nonce + TAG)
		return malformed(t);
	*data += nonce;
	*len -= nonce + TAG;
	crypt_record(&t->read, type, *data, *len, false);
	for (i = 0; i < TAG; i++)
		wrong |= (*data)[*len + i];
	return wrong ? refuse(t, "a record is forged") : 0;
}

static int on_record(struct tls *t)
{
	uint8_t *data = t->in + t->kept + HEADER, type = data[-HEADER];
	size_t len = t->in_got - HEADER;
	int err;

	t->in_got = 0;
	if (t->read.on && (err = open_record(t, type, &data, &len)))
		return err;
	if (type == DATA && t->step == OPEN && len) {
		t->fruitless = 0;
		t->data_at = (size_t)(data - t->in);
		t->data_len = len;
		return 0;
	}
	if (t->fruitless++ == FRUITLESS_MAX)
		return malformed(t);
	switch (type) {
	case CHANGE_CIPHER:
		return on_change(t, data, len);
	case ALERT:
		return on_alert(t, data, len);
	case HANDSHAKE:
		return on_handshake(t, data, len);
	default:
		return t->step == OPEN ? 0 : malformed(t);
	}
}

static int on_end(struct tls *t)
{
	if (t->step != OPEN)
		return refuse(t, "the server ended the connection within the handshake");
	return t->in_got ? refuse(t, "the server ended the connection within a record") : end(t, 0);
}

/* Until this many bytes of the record are there. */
static int receive(struct tls *t, size_t want)
{
	uint8_t *in;
	ssize_t n;

	if (t->kept + want > t->in_size) {
		if (t->kept + want > IN_MAX)
			return malformed(t);
		in = realloc(t->in, t->kept + want);
		if (!in)
			return end(t, -ENOMEM);
		t->in = in;
		t->in_size = t->kept + want;
	}
	while (t->in_got < want) {
		n = recv(t->fd, t->in + t->kept + t->in_got, want - t->in_got, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -EAGAIN : end(t, -errno);
		if (!n)
			return on_end(t);
		t->in_got += (size_t)n;
	}
	return 0;
}

/* One record, unless there are data that nobody has taken yet. */
static int read_record(struct tls *t)
{
	const uint8_t *header;
	size_t len;
	int err = receive(t, HEADER);

	if (err || t->step == ENDED)
		return err;
	header = t->in + t->kept;
	len = get16(header + 3);
	if (header[0] < CHANGE_CIPHER || header[0] > DATA || header[1] != 3 || len > RECORD_MAX)
		return refuse(t, t->suite ? "malformed answer" : "the server does not speak TLS");
	err = receive(t, HEADER + len);
	return err || t->step == ENDED ? err : on_record(t);
}

/*
 * Nothing, when the handshake is done and nothing waits to be sent. Otherwise at most one record a call: what follows is still in the socket,
 * so that whoever polls comes back at once, after others had their turn.
 */
static int run(struct tls *t)
{
	int err = flush(t);

	if (!err && t->step < OPEN) {
		err = read_record(t);
		if (!err)
			err = flush(t);
		if (!err && t->step < OPEN)
			err = -EAGAIN;
	}
	return t->step == ENDED ? t->result : err;
}

ptrdiff_t tls_read(struct tls *t, void *buf, size_t size)
{
	size_t n;
	int err = run(t);

	if (!err && !t->data_len && t->step == OPEN) {
		err = read_record(t);
		if (!err && !t->data_len && t->step == OPEN)
			err = -EAGAIN;
	}
	if (err || !t->data_len)
		return err;
	n = size < t->data_len ? size : t->data_len;
	memcpy(buf, t->in + t->data_at, n);
	t->data_at += n;
	t->data_len -= n;
	return (ptrdiff_t)n;
}

int tls_flush(struct tls *t)
{
	int err = run(t);

	return !err && t->step == ENDED ? -EPIPE : err;
}

ptrdiff_t tls_write(struct tls *t, const void *bytes, size_t len)
{
	int err = tls_flush(t);

	if (err)
		return err;
	len = len < OUT_DATA ? len : OUT_DATA;
	put_record(t, DATA, bytes, len);
	flush(t);
	return (ptrdiff_t)len;
}

void tls_close(struct tls *t)
{
	static const uint8_t close_notify[] = { 1, 0 };

	if (t->step != OPEN || t->out_sent < t->out_len)
		return;
	put_record(t, ALERT, close_notify, sizeof(close_notify));
	flush(t);
}

short tls_wants(const struct tls *t)
{
	return t->out_sent < t->out_len ? POLLOUT : POLLIN;
}

bool tls_said_end(const struct tls *t)
{
	return t->said_end;
}

const char *tls_error(const struct tls *t)
{
	return t->error;
}

struct tls *tls_new(int fd, const char *name, const struct trust *trust, time_t now)
{
	size_t len = name ? strlen(name) : 0;
	struct tls *t = calloc(1, sizeof(*t) + len + 1);

	if (!t)
		return NULL;
	t->fd = fd;
	t->trust = trust;
	t->now = now;
	if (name)
		memcpy(t->name, name, len);
	if (!fill_random(t->randoms, RANDOM)) {
		free(t);
		errno = EIO;
		return NULL;
	}
	put_hello(t);
	return t;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	free(t->in);
	explicit_bzero(t, sizeof(*t));
	free(t);
}
