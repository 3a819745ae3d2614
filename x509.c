/* SPDX-License-Identifier: MIT */
#include "x509.h"

#include "addr.h"
#include "bytes.h"
#include "curve.h"
#include "date.h"
#include "hash.h"
#include "number.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CHAIN_MAX 8
/* Looked at for one chain: each takes a slow machine a tenth of a second, and a hostile chain has many with one name. */
#define SIGNATURES_MAX 12
#define TRUST_MAX (1 << 20)
#define TIME_LEN 14 /* YYYYMMDDHHMMSS */
/* A clock before 2020 was never set. */
#define CLOCK_IS_SET 1577836800

enum { BOOLEAN = 1, INTEGER, BIT_STRING, OCTET_STRING, OID = 6, UTC_TIME = 0x17, GENERALIZED_TIME, SEQUENCE = 0x30 };
#define RSA_MIN 128 /* bytes: 1024 bits */
#define RSA_MAX 512
#define CONTEXT(n) (0x80 + (n))
#define CONSTRUCTED(n) (0xa0 + (n))

/* What a certificate is taken apart into. From EXTENSION on they are of the extensions, one after the other. */
enum part {
	INPUT, CERTIFICATE, SIGNED_PART, NOTHING, INSIDE, SCRATCH, ALGORITHM, SIGNATURE, ISSUER, SUBJECT, VALIDITY, INFO, KEY_KIND, KEY, EXTENSIONS,
	EXTENSION, EXTENSION_ID, CRITICAL, VALUE, USAGE, NAMES, AUTHORITY, PATH_LEN, PARTS
};

struct cert {
	struct bytes part[PARTS];
	bool strange; /* has a critical extension that we don't know */
	struct x509_key key;
};

/* As a server's chain: each behind its length. */
struct trust {
	unsigned len;
	uint8_t chain[TRUST_MAX + 1];
};

static size_t left(const struct bytes *d)
{
	return (size_t)(d->end - d->p);
}

struct bytes bytes_take(struct bytes *b, unsigned len)
{
	struct bytes piece = { NULL, NULL };

	if (!b->p || left(b) < len)
		return *b = piece;
	piece.p = b->p;
	b->p += len;
	piece.end = b->p;
	return piece;
}

unsigned bytes_number(struct bytes *b, unsigned n)
{
	struct bytes piece = bytes_take(b, n);

	return (unsigned)get_be(piece.p, (unsigned)left(&piece));
}

struct bytes bytes_vector(struct bytes *b, unsigned n)
{
	return bytes_take(b, bytes_number(b, n));
}

/* DER: the content of the next element, which has this tag (0: any). */
static struct bytes get(struct bytes *d, unsigned tag)
{
	unsigned is = bytes_number(d, 1), len = bytes_number(d, 1);

	/* Of one to three bytes: no whole number is longer. */
	if (len & 0x80)
		len = len - 0x81 < 3 ? bytes_number(d, len & 0x7f) : -1u;
	if (tag && is != tag)
		len = -1u;
	return bytes_take(d, len);
}

static bool has(const struct bytes *d, unsigned tag)
{
	return left(d) && *d->p == tag;
}

static bool der_is(const struct bytes *d, const void *bytes, size_t len)
{
	return d->p && left(d) == len && !memcmp(d->p, bytes, len);
}

/* A positive number without its leading zeros. */
static struct bytes positive(struct bytes number)
{
	if (!left(&number) || *number.p & 0x80)
		number.p = number.end = NULL;
	while (left(&number) && !*number.p)
		number.p++;
	return number;
}

/* A SEQUENCE of two numbers that are not 0, as in keys and signatures. */
static bool get_pair(struct bytes d, struct bytes pair[2])
{
	d = get(&d, SEQUENCE);
	pair[0] = positive(get(&d, INTEGER));
	pair[1] = positive(get(&d, INTEGER));
	return left(&pair[0]) && left(&pair[1]);
}

static bool is_true(const struct bytes *d)
{
	return left(d) && *d->p;
}

/* What an AlgorithmIdentifier begins with, behind its length. Of signatures the last byte is missing, which tells the hash. */

#define RSADSI "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define X962(len) "\x06" len "\x2a\x86\x48\xce\x3d"
enum algorithm { EC_KEY, RSA_KEY = EC_KEY + CURVES, RSA_SIGNED, ECDSA_SIGNED, ALGORITHMS };
static const char algorithms[ALGORITHMS][20] = {
	"\x13" X962("\x07") "\x02\x01" X962("\x08") "\x03\x01\x07",
	"\x10" X962("\x07") "\x02\x01\x06\x05\x2b\x81\x04\x00\x22",
	"\x10" X962("\x07") "\x02\x01\x06\x05\x2b\x81\x04\x00\x23",
	"\x0b" RSADSI "\x01",
	"\x0a" RSADSI,
	"\x09" X962("\x08") "\x04\x03",
};

static enum algorithm algorithm_of(const struct bytes *d)
{
	unsigned i;

	for (i = 0; i < ALGORITHMS; i++)
		if (left(d) >= (size_t)algorithms[i][0] && !memcmp(d->p, algorithms[i] + 1, (size_t)algorithms[i][0]))
			break;
	return i;
}

/* Hashes and signatures */

/* RFC 8017 section 8.2.2. BearSSL's way there has 1.2 KB more. */
static bool signed_rsa(const struct x509_key *k, unsigned hash, const uint8_t *digest, struct bytes sig)
{
	/* DigestInfo with 2.16.840.1.101.3.4.2.N */
	static const uint8_t info[] = { SEQUENCE, 0, SEQUENCE, 13, OID, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 0, 5, 0, OCTET_STRING, 0 };
	static const uint8_t one = 1;
	uint32_t base[NUMBER_WORDS], x[NUMBER_WORDS];
	uint8_t got[RSA_MAX], want[RSA_MAX], *p;
	size_t len = HASH_LEN(hash);

	if (left(&sig) != k->len)
		return false;
	number_modulus(k->bytes, k->len);
	if (!(k->bytes[k->len - 1] & 1) || !number_decode(base, sig.p, k->len))
		return false;
	number_decode(x, &one, 1);
	number_power(x, base, k->bytes + k->len, k->exponent_len);
	number_encode(got, k->len, x);
	memset(want, 0xff, k->len);
	p = want + k->len - len;
	memcpy(p, digest, len);
	p -= sizeof(info);
	memcpy(p, info, sizeof(info));
	p[1] = (uint8_t)(len + sizeof(info) - 2);
	p[14] = (uint8_t)(hash - 3);
	p[18] = (uint8_t)len;
	p[-1] = want[0] = 0;
	want[1] = 1;
	return !memcmp(got, want, k->len);
}

/* FIPS 186-4 section 6.4: of the point (digest / s) G + (r / s) Q the first coordinate is r, modulo the order n. */
static bool signed_ecdsa(const struct x509_key *k, unsigned hash, const uint8_t *digest, struct bytes sig)
{
	const struct curve *curve = curve_of(k->curve);
	uint32_t s[CURVE_WORDS], base[CURVE_WORDS], factor[2][CURVE_WORDS];
	uint8_t r[CURVE_MAX], minus_two[CURVE_MAX], by[2][CURVE_MAX], point[CURVE_POINT(CURVE_MAX)];
	struct bytes pair[2];
	unsigned len = curve->len, i;

	number_modulus(curve->order, len);
	if (k->len != CURVE_POINT(len) || !get_pair(sig, pair) || !number_decode(factor[0], pair[0].p, (unsigned)left(&pair[0])) ||
	    !number_decode(s, pair[1].p, (unsigned)left(&pair[1])))
		return false;
	number_encode(r, len, factor[0]);
	number_decode(factor[1], digest, len < HASH_LEN(hash) ? len : HASH_LEN(hash));
	/* 1 / s by Fermat. */
	memcpy(minus_two, curve->order, len);
	minus_two[len - 1] -= 2;
	for (i = 0; i < 2; i++) {
		memcpy(base, s, sizeof(base));
		number_power(factor[i], base, minus_two, len);
		number_encode(by[i], len, factor[i]);
	}
	memcpy(point, k->bytes, k->len);
	if (!curve_multiply(curve, point, by[0], by[1]))
		return false;
	number_modulus(curve->order, len);
	number_decode(s, point + 1, len);
	number_encode(point, len, s);
	return !memcmp(point, r, len);
}

bool x509_signed(const struct x509_key *k, unsigned type, unsigned hash, const struct bytes what[2], struct bytes sig)
{
	uint8_t digest[HASH_MAX];
	struct hash h;
	unsigned i;

	if (type != k->type || hash < HASH_SHA256 || hash > HASH_SHA512)
		return false;
	hash_begin(&h, hash);
	for (i = 0; i < 2; i++)
		hash_add(&h, what[i].p, left(&what[i]));
	hash_end(&h, digest);
	return (type == X509_RSA ? signed_rsa : signed_ecdsa)(k, hash, digest, sig);
}

static bool signed_by(const struct cert *c, const struct x509_key *k)
{
	const struct bytes *a = &c->part[ALGORITHM];
	enum algorithm algorithm = algorithm_of(a);
	bool rsa = algorithm == RSA_SIGNED;
	unsigned last = (unsigned)algorithms[RSA_SIGNED][0] - !rsa;

	/* sha256WithRSAEncryption and ecdsa-with-SHA256 come first. */
	return (rsa || algorithm == ECDSA_SIGNED) && left(a) > last &&
	       x509_signed(k, rsa ? X509_RSA : X509_ECDSA, a->p[last] - (rsa ? 0x0bu : 2u) + HASH_SHA256, &c->part[SIGNED_PART], c->part[SIGNATURE]);
}

/* Reading a certificate (RFC 5280) */

static bool get_key(struct cert *c)
{
	struct bytes bits = c->part[KEY], pair[2] = { bits, { bits.end, bits.end } };
	enum algorithm algorithm = algorithm_of(&c->part[KEY_KIND]);
	struct x509_key *k = &c->key;

	k->type = algorithm == RSA_KEY ? X509_RSA : X509_ECDSA;
	k->curve = (uint8_t)(CURVE_FIRST + algorithm - EC_KEY);
	if (algorithm == RSA_KEY) {
		if (!get_pair(bits, pair) || left(&pair[0]) < RSA_MIN || left(&pair[0]) > RSA_MAX || left(&pair[1]) > sizeof(k->bytes) - RSA_MAX)
			return false;
	} else if (algorithm > RSA_KEY || left(&bits) > CURVE_POINT(CURVE_MAX)) {
		return false;
	}
	k->len = (uint16_t)left(&pair[0]);
	k->exponent_len = (uint16_t)left(&pair[1]);
	memcpy(k->bytes, pair[0].p, k->len);
	memcpy(k->bytes + k->len, pair[1].p, k->exponent_len);
	return true;
}

/*
 * The next element of one part becomes another: a BIT STRING's without the number of bits that are missing at its end, which is 0. What is
 * OPTIONAL and not there is left empty.
 */
struct step {
	uint8_t from, tag, to;
};
#define OPTIONAL 0x40 /* with a tag */
#define STAY 0x80     /* with from: the next step is about this element once more */
#define WHOLE 0x80    /* with to: the element with its header */
static const struct step certificate[] = {
	{ INPUT, SEQUENCE, CERTIFICATE },
	{ CERTIFICATE | STAY, SEQUENCE, INSIDE },
	{ CERTIFICATE, SEQUENCE, SIGNED_PART | WHOLE },
	{ CERTIFICATE, SEQUENCE, ALGORITHM },
	{ CERTIFICATE, BIT_STRING, SIGNATURE },
	{ INSIDE, CONSTRUCTED(0) | OPTIONAL, SCRATCH }, /* version */
	{ INSIDE, INTEGER, SCRATCH },                   /* serial number */
	{ INSIDE, SEQUENCE, SCRATCH },                  /* once more, the algorithm */
	{ INSIDE, SEQUENCE, ISSUER | WHOLE },
	{ INSIDE, SEQUENCE, VALIDITY },
	{ INSIDE, SEQUENCE, SUBJECT | WHOLE },
	{ INSIDE, SEQUENCE, INFO },
	{ INFO, SEQUENCE, KEY_KIND },
	{ INFO, BIT_STRING, KEY },
	{ INSIDE, CONTEXT(1) | OPTIONAL, SCRATCH }, /* more identifiers of issuer and subject */
	{ INSIDE, CONTEXT(2) | OPTIONAL, SCRATCH },
	{ INSIDE, CONSTRUCTED(3) | OPTIONAL, SCRATCH },
	{ SCRATCH, SEQUENCE | OPTIONAL, EXTENSIONS },
	{ 0 },
}, extension[] = {
	{ EXTENSIONS, SEQUENCE, EXTENSION },
	{ EXTENSION, OID, EXTENSION_ID },
	{ EXTENSION, BOOLEAN | OPTIONAL, CRITICAL },
	{ EXTENSION, OCTET_STRING, VALUE },
	{ 0 },
};
/* id-ce N, with the end of the steps. */
static const struct {
	uint8_t id;
	struct step steps[4];
} known[] = {
	{ 15, { { VALUE, BIT_STRING, USAGE } } },
	{ 17, { { VALUE, SEQUENCE, NAMES } } },
	{ 19, { { VALUE, SEQUENCE, SCRATCH }, { SCRATCH, BOOLEAN | OPTIONAL, AUTHORITY }, { SCRATCH, INTEGER | OPTIONAL, PATH_LEN } } },
	{ 37, { { 0 } } }, /* extKeyUsage */
};

static bool take_apart(struct bytes part[PARTS], const struct step *s)
{
	for (; s->tag; s++) {
		struct bytes *from = &part[s->from & ~STAY], *to = &part[s->to & ~WHOLE], at = *from;
		unsigned tag = s->tag & ~OPTIONAL;

		*to = (struct bytes){ NULL, NULL };
		if (s->tag & OPTIONAL && !has(from, tag))
			continue;
		*to = get(from, tag);
		if (!to->p || (tag == BIT_STRING && s->to != USAGE && (left(to) < 2 || *to->p++)))
			return false;
		if (s->to & WHOLE)
			to->p = at.p;
		if (s->from & STAY)
			*from = at;
	}
	return true;
}

static bool get_extension(struct cert *c)
{
	const struct bytes *id = &c->part[EXTENSION_ID];
	unsigned i;

	if (!take_apart(c->part, extension))
		return false;
	if (left(id) == 3 && id->p[0] == 0x55 && id->p[1] == 0x1d)
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (id->p[2] == known[i].id)
				return take_apart(c->part, known[i].steps);
	c->strange |= is_true(&c->part[CRITICAL]);
	return true;
}

static bool get_cert(struct bytes in, struct cert *c)
{
	const struct bytes *part = c->part;

	memset(c, 0, sizeof(*c));
	c->part[INPUT] = in;
	/* Nothing else may be there, nor anything else where extensions are. */
	if (!take_apart(c->part, certificate) || left(&part[INSIDE]) || (part[SCRATCH].p && !part[EXTENSIONS].p) || !get_key(c))
		return false;
	while (left(&part[EXTENSIONS]))
		if (!get_extension(c))
			return false;
	return true;
}

/* Names */

/* *.example.org stands for one more word. */
static bool name_fits(const struct bytes *pattern, const char *name)
{
	const uint8_t *p = pattern->p;
	size_t len = left(pattern);

	if (len > 2 && p[0] == '*' && p[1] == '.') {
		name = strchr(name, '.');
		if (!name)
			return false;
		p++;
		len--;
	}
	return strlen(name) == len && !strncasecmp((const char *)p, name, len);
}

static bool has_name(const struct cert *c, const char *name)
{
	struct bytes names = c->part[NAMES], entry;
	struct addr addr;
	bool is_addr = !addr_parse(name, &addr);

	while (left(&names)) {
		unsigned tag = *names.p;

		entry = get(&names, 0);
		if (tag == CONTEXT(2) && !is_addr && entry.p && name_fits(&entry, name))
			return true;
		if (tag == CONTEXT(7) && is_addr && der_is(&entry, addr.bytes, addr_len(&addr)))
			return true;
	}
	return false;
}

/* Chains */

static const char *unknown_kind(void)
{
	return reason("certificate of an unknown kind");
}

/* Two times, each YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ. */
static const char *check_time(const struct cert *c, time_t now)
{
	struct bytes times = c->part[VALIDITY], t;
	struct date d = date_of(now);
	char text[TIME_LEN + 1], limit[TIME_LEN];
	int order[2];
	unsigned i, skip;

	text_format(text, sizeof(text), "%04u%02u%02u%02u%02u%02u", d.year, d.month + 1, d.day, d.hour, d.minute, d.second);
	for (i = 0; i < 2; i++) {
		skip = has(&times, UTC_TIME) ? 2 : 0;
		t = get(&times, skip ? UTC_TIME : GENERALIZED_TIME);
		if (left(&t) != TIME_LEN - skip + 1)
			return unknown_kind();
		memcpy(limit, *t.p < '5' ? "20" : "19", 2);
		memcpy(limit + skip, t.p, TIME_LEN - skip);
		order[i] = memcmp(text, limit, TIME_LEN);
	}
	if (order[0] >= 0 && order[1] <= 0)
		return NULL;
	if (now < CLOCK_IS_SET)
		return reason("the clock is not set: no telling whether the certificate is valid");
	return order[1] > 0 ? reason("certificate expired") : reason("certificate not valid yet");
}

/* May it have signed a certificate that so many authorities lie behind? */
static bool is_authority(const struct cert *c, int depth)
{
	const struct bytes *usage = &c->part[USAGE];
	struct bytes path_len = positive(c->part[PATH_LEN]);

	if (!is_true(&c->part[AUTHORITY]) || (usage->p && (left(usage) < 2 || !(usage->p[1] & 4))))
		return false;
	return !c->part[PATH_LEN].p || (path_len.p && (left(&path_len) ? *path_len.p : 0) >= depth);
}

/* The one among these certificates that signed c. A depth below 0: no matter what it is for. tries: signatures that may still be looked at. */
static bool find_issuer(struct bytes chain, const struct cert *c, int depth, struct cert *issuer, unsigned *tries)
{
	struct bytes one;

	while ((one = bytes_vector(&chain, 3)).p)
		/* Others may be of a kind that we don't know. */
		if (get_cert(one, issuer) && der_is(&issuer->part[SUBJECT], c->part[ISSUER].p, left(&c->part[ISSUER])) &&
		    (depth < 0 || is_authority(issuer, depth)) && *tries && (*tries)-- && signed_by(c, &issuer->key))
			return true;
	return false;
}

static const char *verify_chain(const struct trust *trust, const struct bytes *chain, struct cert *c, time_t now)
{
	unsigned tries = SIGNATURES_MAX;
	struct cert issuer;
	int depth;

	for (depth = 0; depth < CHAIN_MAX; depth++) {
		const char *wrong = check_time(c, now);

		if (wrong)
			return wrong;
		if (c->strange)
			return reason("certificate with an unknown critical extension");
		if (find_issuer((struct bytes){ trust->chain, trust->chain + trust->len }, c, -1, &issuer, &tries))
			return NULL;
		if (!find_issuer(*chain, c, depth, &issuer, &tries))
			break;
		*c = issuer;
	}
	return reason("certificate not signed by a trusted authority");
}

const char *x509_verify(const struct trust *trust, struct bytes chain, const char *name, time_t now, struct x509_key *key)
{
	struct bytes in = chain, one = bytes_vector(&in, 3);
	struct cert c;

	if (!get_cert(one, &c))
		return unknown_kind();
	*key = c.key;
	if (name && !has_name(&c, name))
		return reason("certificate for another name");
	return verify_chain(trust, &chain, &c, now);
}

/* The CA file */

/* In place, up to the next "-", where text is then. Returns the end of the bytes. */
static uint8_t *base64(char **text, uint8_t *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, have = 0;

	for (; **text && **text != '-'; ++*text) {
		const char *digit = strchr(digits, **text);

		if (!digit)
			continue;
		bits = bits << 6 | (unsigned)(digit - digits);
		have += 6;
		if (have >= 8) {
			have -= 8;
			*out++ = (uint8_t)(bits >> have);
		}
	}
	return out;
}

/* In place: the bytes are fewer than the text that they come from. */
static void decode_all(struct trust *t)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	char *text = (char *)t->chain;
	uint8_t *out = t->chain;
	struct bytes one;
	struct cert c;

	while ((text = strchr(text, '-'))) {
		if (strncmp(text, begin, sizeof(begin) - 1)) {
			text++;
			continue;
		}
		text += sizeof(begin) - 1;
		one.p = out + 3;
		one.end = base64(&text, out + 3);
		if (!get_cert(one, &c))
			continue;
		put_be(out, left(&one), 3);
		out += 3 + left(&one);
	}
	t->len = (unsigned)(out - t->chain);
}

struct trust *trust_load(const char *path)
{
	struct trust *t = malloc(sizeof(*t));
	ssize_t got;

	if (!t)
		return NULL;
	got = text_file(path, t->chain, sizeof(t->chain));
	decode_all(t);
	if (t->len)
		return t;
	free(t);
	errno = got < 0 ? (int)-got : EINVAL;
	return NULL;
}

void trust_free(struct trust *t)
{
	free(t);
}
