/* SPDX-License-Identifier: MIT */
/*
 * RFC 5246 with ECDHE (RFC 8422) and AEAD (RFC 5288, 7905). No server, renegotiation, CBC, session resumption or static keys: BearSSL,
 * which knows them as well, has three times the size.
 */
#include "tls.h"

#include "addr.h"
#include "aead.h"
#include "bytes.h"
#include "curve.h"
#include "hash.h"
#include "text.h"
#include "x509.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#define HEADER 5
#define TAG AEAD_TAG
#define AAD 13 /* what a tag covers besides the data */
#define RECORD_MAX (16384 + 256)
/* What a server's certificates may come to, when they fill several records. */
#define IN_MAX (32 * 1024)
#define OUT_DATA 1024
#define NONCE 8 /* sent with each record, AES alone */
#define RANDOM 32
#define DRAWN (2 * RANDOM) /* of the randoms this and what follows was drawn */
#define SCALAR (DRAWN + RANDOM)
#define MASTER 48
#define VERIFY 12 /* bytes of Finished */
#define FRUITLESS_MAX 100 /* records without data */
#define SEED_MAX 96 /* of a label and 64 bytes */

enum content { CHANGE_CIPHER = 20, ALERT, HANDSHAKE, DATA };
enum message { HELLO_REQUEST, CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 11, SERVER_KEY, CERTIFICATE_REQUEST, HELLO_DONE, CLIENT_KEY = 16, FINISHED = 20 };
enum extension { SERVER_NAME, GROUPS = 10, POINT_FORMATS, SIGNATURES = 13, EXTENDED_MASTER = 23 };

/* What must come next. */
enum step { WANT_HELLO, WANT_CERTIFICATE, WANT_KEY, WANT_DONE, WANT_CHANGE, WANT_FINISHED, OPEN, ENDED };

/* In the order of the hello's, which has two of each: for ECDSA and for RSA. */
struct suite {
	uint8_t hash, key_len, iv_len;
	bool chacha;
};
static const struct suite suites[] = {
	{ HASH_SHA256, 16, 4, false },
	{ HASH_SHA384, 32, 4, false },
	{ HASH_SHA256, 32, 12, true },
};
#define SUITES (2 * sizeof(suites) / sizeof(suites[0]))

/* Keys of one direction. */
struct half {
	uint64_t seq;
	bool on;
	uint8_t iv[AEAD_NONCE]; /* AES: 4 bytes and zeros */
	struct aead aead;
};

struct tls {
	int fd;
	enum step step;
	int result; /* of any call, once ENDED */
	unsigned fruitless;
	const char *error;
	const struct suite *suite;
	const struct curve *curve;
	const struct trust *trust;
	time_t now;
	/* in holds bytes of handshake messages that are not whole yet, then a record as it comes. got counts the record's. */
	unsigned kept, got;
	/* Of the record that is read. */
	unsigned data_len;
	const uint8_t *data;
	unsigned out_len, out_sent;
	unsigned secret_len;
	bool said_end;
	bool extended; /* extended master secret, RFC 7627 */
	bool asked;    /* for a certificate of ours */
	uint8_t verify[VERIFY]; /* of the server's Finished */
	uint8_t secret[CURVE_MAX]; /* of ECDHE, later the master secret */
	uint8_t randoms[DRAWN + RANDOM + CURVE_MAX + 1]; /* client's, server's, client's and our scalar */
	struct hash messages;
	struct half read, write;
	struct x509_key key;
	uint8_t out[HEADER + NONCE + OUT_DATA + TAG];
	/* Untouched, what is behind costs no memory. */
	uint8_t in[IN_MAX];
	char name[];
};

bool tls_available(void)
{
	return true;
}

static void end(struct tls *t, int result)
{
	t->step = ENDED;
	t->result = result;
}

/* Ciphers */

/*
 * Behind the data stands the tag when encrypt; else the tag there becomes 0 when it is right. Before the data of AES stands the part of the
 * nonce that is sent: any number that does not come back.
 */
static void crypt_record(struct half *h, uint8_t type, uint8_t *data, unsigned len, bool encrypt)
{
	uint8_t aad[AAD], nonce[AEAD_NONCE], tag[TAG], *sent = h->aead.chacha ? aad : data - NONCE;
	struct aead_text text = { nonce, aad, AAD, data, len };
	unsigned i;

	put_be(aad, h->seq++, NONCE);
	aad[8] = type;
	put16(aad + 9, 0x0303);
	put16(aad + 11, len);
	if (encrypt)
		memmove(sent, aad, NONCE);
	memcpy(nonce, h->iv, AEAD_NONCE);
	for (i = 0; i < NONCE; i++)
		nonce[4 + i] ^= sent[i];
	aead_run(&h->aead, &text, encrypt, tag);
	for (i = 0; i < TAG; i++)
		data[len + i] ^= tag[i];
}

/* HMAC; out may be in. */
static void hmac(const struct tls *t, const uint8_t *in, unsigned len, uint8_t *out)
{
	struct hash h;

	hash_begin_padded(&h, t->suite->hash, t->secret, t->secret_len, 0x36);
	hash_add(&h, in, len);
	len = (unsigned)hash_end(&h, out);
	hash_begin_padded(&h, t->suite->hash, t->secret, t->secret_len, 0x5c);
	hash_add(&h, out, len);
	hash_end(&h, out);
}

/* RFC 5246 section 5: each piece is of a link of the chain with label and seed behind it. */
static void expand(const struct tls *t, const char *label, struct bytes seed, uint8_t *out, unsigned len)
{
	uint8_t buf[HASH_MAX + SEED_MAX], piece[HASH_MAX], *text = buf + HASH_MAX, *link;
	unsigned digest_len = HASH_LEN(t->suite->hash), text_len = (unsigned)strlen(label), n;

	memcpy(text, label, text_len);
	memcpy(text + text_len, seed.p, (size_t)(seed.end - seed.p));
	text_len += (unsigned)(seed.end - seed.p);
	link = text - digest_len;
	hmac(t, text, text_len, link);
	for (; len; len -= n, out += n) {
		hmac(t, link, digest_len + text_len, piece);
		hmac(t, link, digest_len, link);
		n = len < digest_len ? len : digest_len;
		memcpy(out, piece, n);
	}
}

/* Of all messages so far. */
static struct bytes messages_digest(const struct tls *t, uint8_t out[HASH_MAX])
{
	return (struct bytes){ out, out + hash_end(&t->messages, out) };
}

static void set_half(const struct suite *s, struct half *h, const uint8_t *key, const uint8_t *iv)
{
	memcpy(h->iv, iv, s->iv_len);
	aead_set(&h->aead, s->chacha, key, s->key_len);
}

static void set_keys(struct tls *t)
{
	struct bytes seed = { t->randoms, t->randoms + 2 * RANDOM };
	const struct suite *s = t->suite;
	uint8_t digest[HASH_MAX], out[MASTER], block[2 * (32 + 12)], *ivs = block + 2 * s->key_len;

	if (t->extended)
		seed = messages_digest(t, digest);
	expand(t, t->extended ? "extended master secret" : "master secret", seed, out, MASTER);
	memcpy(t->secret, out, MASTER);
	t->secret_len = MASTER;
	seed.p = t->randoms + RANDOM;
	seed.end = t->randoms + 3 * RANDOM;
	expand(t, "key expansion", seed, block, sizeof(block));
	set_half(s, &t->write, block, ivs);
	set_half(s, &t->read, block + s->key_len, ivs + s->iv_len);
}

static void finished(const struct tls *t, const char *label, uint8_t out[VERIFY])
{
	uint8_t digest[HASH_MAX];

	expand(t, label, messages_digest(t, digest), out, VERIFY);
}

/* Out */

/* bytes: without header, of at most OUT_DATA. */
static void put_record(struct tls *t, uint8_t type, const void *bytes, unsigned len)
{
	uint8_t *p, *data;
	unsigned body = len;

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
static void put_message(struct tls *t, uint8_t type, uint8_t *message, unsigned body)
{
	put_be(message, type << 24 | body, 4);
	if (t->suite)
		hash_add(&t->messages, message, 4 + body);
	put_record(t, HANDSHAKE, message, 4 + body);
}

static void flush(struct tls *t)
{
	ssize_t n;

	for (; t->out_sent < t->out_len; t->out_sent += (unsigned)n) {
		n = send(t->fd, t->out + t->out_sent, t->out_len - t->out_sent, MSG_NOSIGNAL);
		if (n < 0) {
			if (errno != EAGAIN)
				end(t, -errno);
			break;
		}
	}
}

/* Behind the random number: no session, cipher suites, no compression. 0x00ff: no renegotiation (RFC 5746). */
static const uint8_t offer[] = {
	0, 0, 2 * (SUITES + 1), 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30, 0xcc, 0xa9, 0xcc, 0xa8, 0x00, 0xff, 1, 0,
};
#define OFFER_SUITES 3
/* What follows the name. The list of signatures is longer where nobody checks them: RSA-PSS, Ed25519, SHA-1. */
static const uint8_t extensions[] = {
	0, EXTENDED_MASTER, 0, 0,
	0, POINT_FORMATS, 0, 2, 1, 0,
	0, GROUPS, 0, 8, 0, 6, 0, CURVE_FIRST, 0, CURVE_FIRST + 1, 0, CURVE_FIRST + 2,
	0, SIGNATURES, 0, 0, 0, 0,
	HASH_SHA256, X509_ECDSA, HASH_SHA256, X509_RSA, HASH_SHA384, X509_ECDSA, HASH_SHA384, X509_RSA, HASH_SHA512, X509_ECDSA, HASH_SHA512, X509_RSA,
	8, 4, 8, 5, 8, 6, 8, 9, 8, 10, 8, 11, 8, 7, 2, X509_ECDSA, 2, X509_RSA,
};
#define SIGNATURES_AT 28
#define SIGNATURES_CHECKED 12

static uint8_t *put_name(uint8_t *p, const char *name)
{
	unsigned len = (unsigned)strlen(name);
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
	uint8_t message[512], *p = message + 4, *lengths = p + 2 + RANDOM + sizeof(offer), signs = t->trust ? SIGNATURES_CHECKED : sizeof(extensions) - SIGNATURES_AT;

	put16(p, 0x0303);
	memcpy(p + 2, t->randoms, RANDOM);
	memcpy(p + 2 + RANDOM, offer, sizeof(offer));
	p = put_name(lengths + 2, t->name);
	memcpy(p, extensions, sizeof(extensions));
	p += SIGNATURES_AT;
	p[-3] = signs + 2;
	p[-1] = signs;
	p += signs;
	put16(lengths, (unsigned)(p - lengths - 2));
	put_message(t, CLIENT_HELLO, message, (unsigned)(p - message - 4));
}

/* The server's messages: what is wrong with them, or NULL. */

static const char *malformed(void)
{
	return reason("malformed answer");
}

static const char *on_hello(struct tls *t, struct bytes b)
{
	struct bytes all = b, random;
	unsigned version = bytes_number(&b, 2), suite, compression, i;

	random = bytes_take(&b, RANDOM);
	bytes_vector(&b, 1);
	suite = bytes_number(&b, 2);
	compression = bytes_number(&b, 1);
	if (!b.p || compression)
		return malformed();
	if (version != 0x0303)
		return reason("the server speaks a TLS older than 1.2");
	for (i = 0; offer[OFFER_SUITES + 2 * i] != suite >> 8 || offer[OFFER_SUITES + 2 * i + 1] != (suite & 0xff);)
		if (++i == SUITES)
			return malformed();
	t->suite = &suites[i / 2];
	memcpy(t->randoms + RANDOM, random.p, RANDOM);
	if (b.p < b.end)
		b = bytes_vector(&b, 2);
	while (b.p < b.end) {
		t->extended |= bytes_number(&b, 2) == EXTENDED_MASTER;
		bytes_vector(&b, 2);
	}
	if (!b.p)
		return malformed();
	hash_begin(&t->messages, t->suite->hash);
	/* Our hello is still in there. */
	hash_add(&t->messages, t->out + HEADER, t->out_len - HEADER);
	hash_add(&t->messages, all.p - 4, 4 + (size_t)(all.end - all.p));
	return NULL;
}

static const char *on_certificate(struct tls *t, struct bytes b)
{
	struct bytes chain = bytes_vector(&b, 3);

	if (!chain.p)
		return malformed();
	return t->trust ? x509_verify(t->trust, chain, *t->name ? t->name : NULL, t->now, &t->key) : NULL;
}

/* Of the curve and the server's point; who may have any key needs none to sign with. */
static bool share_signed(const struct tls *t, struct bytes share, struct bytes b)
{
	struct bytes what[] = { { t->randoms, t->randoms + 2 * RANDOM }, share };
	unsigned hash = bytes_number(&b, 1), type = bytes_number(&b, 1);

	return !t->trust || x509_signed(&t->key, type, hash, what, bytes_vector(&b, 2));
}

/*
 * ECDHE: what both will know. Our own point, another 10 or more milliseconds on a slow machine, waits until the server is done, so that the
 * loop turns between.
 */
static const char *on_key(struct tls *t, struct bytes b)
{
	struct bytes share = b, point;
	uint8_t product[CURVE_POINT(CURVE_MAX)], *scalar = t->randoms + SCALAR;
	unsigned kind = bytes_number(&b, 1), len;
	const struct curve *curve = curve_of(bytes_number(&b, 2));

	point = bytes_vector(&b, 1);
	if (kind != 3 || !curve || point.end - point.p != CURVE_POINT(curve->len))
		return malformed();
	share.end = b.p;
	if (!share_signed(t, share, b))
		return reason("the server's signature is wrong");
	len = curve->len;
	/* Below the order of the curve, and not 0. */
	scalar[0] = 0;
	scalar[len - 1] |= 1;
	t->curve = curve;
	memcpy(product, point.p, CURVE_POINT(len));
	if (!curve_multiply(curve, product, scalar, NULL))
		return malformed();
	memcpy(t->secret, product + 1, len);
	t->secret_len = len;
	return NULL;
}

static const char *on_done(struct tls *t)
{
	uint8_t message[4 + 1 + CURVE_POINT(CURVE_MAX)] = { 0 };

	if (t->asked)
		put_message(t, CERTIFICATE, message, 3);
	message[4] = (uint8_t)CURVE_POINT(t->curve->len);
	curve_begin(t->curve, message + 5);
	curve_multiply(t->curve, message + 5, t->randoms + SCALAR, NULL);
	put_message(t, CLIENT_KEY, message, 1u + message[4]);
	set_keys(t);
	message[0] = 1;
	put_record(t, CHANGE_CIPHER, message, 1);
	t->write.on = true;
	finished(t, "client finished", message + 4);
	put_message(t, FINISHED, message, VERIFY);
	finished(t, "server finished", t->verify);
	return NULL;
}

static const char *on_finished(struct tls *t, struct bytes b)
{
	return b.end - b.p != VERIFY || memcmp(b.p, t->verify, VERIFY) ? reason("the end of the handshake is forged") : NULL;
}

static const char *on_message(struct tls *t, uint8_t type, struct bytes body)
{
	/* By the step; none while a change of ciphers is waited for, and none in the end. */
	static const uint8_t expected[] = { SERVER_HELLO, CERTIFICATE, SERVER_KEY, HELLO_DONE, HELLO_REQUEST, FINISHED, HELLO_REQUEST };
	bool request = type == CERTIFICATE_REQUEST && t->step == WANT_DONE;

	/* We don't begin anew. */
	if (type == HELLO_REQUEST)
		return NULL;
	if (type != expected[t->step] && !request)
		return malformed();
	if (t->suite)
		hash_add(&t->messages, body.p - 4, 4 + (size_t)(body.end - body.p));
	t->asked |= request;
	if (request)
		return NULL;
	switch (t->step++) {
	case WANT_HELLO:
		return on_hello(t, body);
	case WANT_CERTIFICATE:
		return on_certificate(t, body);
	case WANT_KEY:
		return on_key(t, body);
	case WANT_DONE:
		return on_done(t);
	default:
		return on_finished(t, body);
	}
}

/* In */

static const char *on_handshake(struct tls *t, const uint8_t *data, unsigned len)
{
	struct bytes all = { t->in, t->in + t->kept + len }, body;
	const char *wrong = NULL;

	memmove(t->in + t->kept, data, len);
	for (;;) {
		t->kept = (unsigned)(all.end - all.p);
		memmove(t->in, all.p, t->kept);
		all.p = t->in + 1;
		all.end = t->in + t->kept;
		if (wrong || t->kept < 4)
			return wrong;
		body = bytes_vector(&all, 3);
		if (!body.p)
			return NULL;
		wrong = on_message(t, *t->in, body);
	}
}

static const char *on_alert(struct tls *t, const uint8_t *data, unsigned len)
{
	if (len != 2)
		return malformed();
	if (data[1] == 0) {
		t->said_end = true;
		end(t, 0);
		return NULL;
	}
	if (data[0] == 1)
		return NULL;
	switch (data[1]) {
	/* Some that speak TLS 1.3 only, and all that ask for a certificate, send this. */
	case 40:
		return reason("the server speaks TLS 1.3 only, has no cipher of ours or asks for a certificate");
	case 70:
		return reason("the server speaks TLS 1.3 only, we 1.2");
	case 112:
		return reason("the server does not know the name");
	default:
		return reason("the server sent an alert");
	}
}

static const char *on_change(struct tls *t, const uint8_t *data, unsigned len)
{
	if (t->step != WANT_CHANGE || t->kept || len != 1 || *data != 1)
		return malformed();
	t->read.on = true;
	t->step = WANT_FINISHED;
	return NULL;
}

static bool open_record(struct half *h, uint8_t type, uint8_t *data, unsigned len)
{
	uint8_t wrong = 0;
	unsigned i;

	crypt_record(h, type, data, len, false);
	for (i = 0; i < TAG; i++)
		wrong |= data[len + i];
	return !wrong;
}

static const char *on_record(struct tls *t)
{
	uint8_t *data = t->in + t->kept + HEADER, type = data[-HEADER];
	unsigned len = t->got - HEADER, nonce = t->read.aead.chacha ? 0 : NONCE;

	t->got = 0;
	if (t->read.on) {
		if (len < nonce + TAG)
			return malformed();
		data += nonce;
		len -= nonce + TAG;
		if (!open_record(&t->read, type, data, len))
			return reason("a record is forged");
	}
	if (type == DATA && t->step == OPEN && len) {
		t->fruitless = 0;
		t->data = data;
		t->data_len = len;
		return NULL;
	}
	if (t->fruitless++ == FRUITLESS_MAX)
		return malformed();
	switch (type) {
	case CHANGE_CIPHER:
		return on_change(t, data, len);
	case ALERT:
		return on_alert(t, data, len);
	case HANDSHAKE:
		return on_handshake(t, data, len);
	default:
		return t->step == OPEN ? NULL : malformed();
	}
}

static const char *on_end(struct tls *t)
{
	if (t->step != OPEN)
		return reason("the server ended the connection within the handshake");
	if (t->got)
		return reason("the server ended the connection within a record");
	end(t, 0);
	return NULL;
}

/* Until this many bytes of the record are there. */
static const char *receive(struct tls *t, unsigned want)
{
	ssize_t n;

	if (t->kept + want > IN_MAX)
		return malformed();
	for (; t->got < want; t->got += (unsigned)n) {
		n = recv(t->fd, t->in + t->kept + t->got, want - t->got, 0);
		if (!n)
			return on_end(t);
		if (n < 0) {
			if (errno != EAGAIN)
				end(t, -errno);
			return NULL;
		}
	}
	return NULL;
}

/* One record, unless there are data that nobody has taken yet. */
static void read_record(struct tls *t)
{
	const uint8_t *header = t->in + t->kept;
	const char *wrong = receive(t, HEADER);
	unsigned len;

	if (!wrong && t->got >= HEADER) {
		len = get16(header + 3);
		if (header[0] < CHANGE_CIPHER || header[0] > DATA || header[1] != 3 || len > RECORD_MAX)
			wrong = t->suite ? malformed() : reason("the server does not speak TLS");
		else
			wrong = receive(t, HEADER + len);
		if (!wrong && t->got == HEADER + len)
			wrong = on_record(t);
	}
	t->error = wrong;
	if (wrong)
		end(t, -EPROTO);
}

/* Nothing, when the handshake is done and nothing waits to be sent. */
static int state(const struct tls *t)
{
	if (t->step == ENDED)
		return t->result;
	return t->step < OPEN || t->out_sent < t->out_len ? -EAGAIN : 0;
}

/* At most one record a call: what follows is still in the socket, so that whoever polls comes back at once, after others had their turn. */
static int run(struct tls *t)
{
	flush(t);
	if (t->out_sent == t->out_len && t->step < OPEN) {
		read_record(t);
		if (t->step != ENDED)
			flush(t);
	}
	return state(t);
}

ptrdiff_t tls_read(struct tls *t, void *buf, size_t size)
{
	int err = run(t);

	if (!err && !t->data_len && t->step == OPEN) {
		read_record(t);
		err = t->step == OPEN && !t->data_len ? -EAGAIN : state(t);
	}
	if (err || !t->data_len)
		return err;
	size = size < t->data_len ? size : t->data_len;
	memcpy(buf, t->data, size);
	t->data += size;
	t->data_len -= (unsigned)size;
	return (ptrdiff_t)size;
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
	put_record(t, DATA, bytes, (unsigned)len);
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

/* getrandom() is missing before Linux 3.17, and waits just after the start. */
static bool draw(uint8_t *out, unsigned len)
{
	return getrandom(out, len, GRND_NONBLOCK) == (ssize_t)len || text_file("/dev/urandom", out, len + 1) == (ssize_t)len;
}

struct tls *tls_new(int fd, const char *name, const struct trust *trust, time_t now)
{
	size_t size;
	struct tls *t;

	name = name ? name : "";
	size = strlen(name) + 1;
	t = malloc(sizeof(*t) + size);
	if (!t)
		return NULL;
	memset(t, 0, offsetof(struct tls, in));
	t->fd = fd;
	t->trust = trust;
	t->now = now;
	memcpy(t->name, name, size);
	if (!draw(t->randoms + DRAWN, RANDOM + CURVE_MAX)) {
		free(t);
		errno = EIO;
		return NULL;
	}
	memcpy(t->randoms, t->randoms + DRAWN, RANDOM);
	put_hello(t);
	return t;
}

void tls_free(struct tls *t)
{
	if (t)
		explicit_bzero(t, offsetof(struct tls, in));
	free(t);
}
