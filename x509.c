/* SPDX-License-Identifier: MIT */
#include "x509.h"

#include "addr.h"
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
#define TIME_LEN 14 /* YYYYMMDDHHMMSS */
/* A clock before 2020 was never set. */
#define CLOCK_IS_SET 1577836800

enum { BOOLEAN = 1, INTEGER, BIT_STRING, OCTET_STRING, OID = 6, UTC_TIME = 0x17, GENERALIZED_TIME, SEQUENCE = 0x30 };
#define RSA_MIN 128 /* bytes: 1024 bits */
#define RSA_MAX 512
#define CONTEXT(n) (0x80 + (n))
#define CONSTRUCTED(n) (0xa0 + (n))

/* What a certificate is taken apart into. */
enum part { INPUT, CERTIFICATE, SIGNED_PART, INSIDE, SCRATCH, ALGORITHM, SIGNATURE, ISSUER, SUBJECT, VALIDITY, INFO, KEY_KIND, CURVE, KEY, PARTS };

struct cert {
	struct bytes part[PARTS], names;
	char from[TIME_LEN], until[TIME_LEN];
	bool is_ca, may_not_sign;
	bool strange; /* has a critical extension that we don't know */
	int path_len; /* how many authorities may lie between it and the server; -1: any number */
	struct x509_key key;
};

struct anchor {
	struct anchor *next;
	struct x509_key key;
	size_t name_len;
	uint8_t name[];
};

struct trust {
	struct anchor *first;
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
	unsigned number = 0;

	while (piece.p < piece.end)
		number = number << 8 | *piece.p++;
	return number;
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

/* A positive INTEGER without its leading zeros. */
static struct bytes get_number(struct bytes *d)
{
	struct bytes number = get(d, INTEGER);

	if (!left(&number) || *number.p & 0x80)
		number.p = number.end = NULL;
	while (left(&number) && !*number.p)
		number.p++;
	return number;
}

/* Object identifiers, each behind its length */

#define RSADSI "\x2a\x86\x48\x86\xf7\x0d"
#define X962 "\x2a\x86\x48\xce\x3d"
static const char rsa_key[] = "\x09" RSADSI "\x01\x01\x01";
static const char ec_key[] = "\x07" X962 "\x02\x01";
static const char curves[CURVES][10] = { "\x08" X962 "\x03\x01\x07", "\x05\x2b\x81\x04\x00\x22", "\x05\x2b\x81\x04\x00\x23" };

static bool is_oid(const struct bytes *d, const char *oid)
{
	return der_is(d, oid + 1, (size_t)oid[0]);
}

/* Hashes and signatures */

size_t x509_digest(unsigned hash, struct bytes a, struct bytes b, uint8_t out[HASH_MAX])
{
	struct hash h;

	if (hash < HASH_SHA256 || hash > HASH_SHA512)
		return 0;
	hash_begin(&h, hash);
	hash_add(&h, a.p, left(&a));
	hash_add(&h, b.p, left(&b));
	return hash_end(&h, out);
}

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

static bool get_below(struct bytes *d, uint32_t *x)
{
	struct bytes number = get_number(d);

	return left(&number) && number_decode(x, number.p, (unsigned)left(&number));
}

/* FIPS 186-4 section 6.4: of the point (digest / s) G + (r / s) Q the first coordinate is r, modulo the order n. */
static bool signed_ecdsa(const struct x509_key *k, unsigned hash, const uint8_t *digest, struct bytes sig)
{
	const struct curve *curve = curve_of(k->curve);
	uint32_t s[CURVE_WORDS], base[CURVE_WORDS], factor[2][CURVE_WORDS];
	uint8_t r[CURVE_MAX], minus_two[CURVE_MAX], by[2][CURVE_MAX], point[CURVE_POINT(CURVE_MAX)];
	struct bytes pair = get(&sig, SEQUENCE);
	unsigned len = curve->len, i;

	number_modulus(curve->order, len);
	if (k->len != CURVE_POINT(len) || !get_below(&pair, factor[0]) || !get_below(&pair, s))
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

bool x509_signed(const struct x509_key *k, unsigned type, unsigned hash, const uint8_t *digest, struct bytes sig)
{
	if (type != k->type || hash < HASH_SHA256 || hash > HASH_SHA512)
		return false;
	return (type == X509_RSA ? signed_rsa : signed_ecdsa)(k, hash, digest, sig);
}

static bool signed_by(const struct cert *c, const struct x509_key *k)
{
	/* sha256WithRSAEncryption and ecdsa-with-SHA256 and their followers differ in the last byte alone. */
	static const char rsa[] = RSADSI "\x01\x01", ecdsa[] = X962 "\x04\x03";
	const struct bytes *a = &c->part[ALGORITHM];
	uint8_t digest[HASH_MAX];
	unsigned type, hash;
	size_t len = left(a);

	if (len == sizeof(rsa) && !memcmp(a->p, rsa, len - 1)) {
		type = X509_RSA;
		hash = a->p[len - 1] - 0x0bu + HASH_SHA256;
	} else if (len == sizeof(ecdsa) && !memcmp(a->p, ecdsa, len - 1)) {
		type = X509_ECDSA;
		hash = a->p[len - 1] - 2u + HASH_SHA256;
	} else {
		return false;
	}
	return x509_digest(hash, c->part[SIGNED_PART], (struct bytes){ NULL, NULL }, digest) &&
	       x509_signed(k, type, hash, digest, c->part[SIGNATURE]);
}

/* Reading a certificate (RFC 5280) */

static bool get_rsa_key(struct bytes *bits, struct x509_key *k)
{
	struct bytes pair = get(bits, SEQUENCE), n = get_number(&pair), e = get_number(&pair);

	k->type = X509_RSA;
	k->len = (uint16_t)left(&n);
	k->exponent_len = (uint16_t)left(&e);
	if (left(&n) < RSA_MIN || left(&n) > RSA_MAX || !left(&e) || left(&e) > sizeof(k->bytes) - RSA_MAX)
		return false;
	memcpy(k->bytes, n.p, left(&n));
	memcpy(k->bytes + left(&n), e.p, left(&e));
	return true;
}

static bool get_key(struct cert *c)
{
	struct bytes *bits = &c->part[KEY];
	struct x509_key *k = &c->key;
	unsigned i;

	if (is_oid(&c->part[KEY_KIND], rsa_key))
		return get_rsa_key(bits, k);
	if (!is_oid(&c->part[KEY_KIND], ec_key) || !left(bits) || left(bits) > CURVE_POINT(CURVE_MAX))
		return false;
	for (i = 0; !is_oid(&c->part[CURVE], curves[i]);)
		if (++i == CURVES)
			return false;
	k->type = X509_ECDSA;
	k->curve = (uint8_t)(CURVE_FIRST + i);
	k->len = (uint16_t)left(bits);
	memcpy(k->bytes, bits->p, left(bits));
	return true;
}

/* YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ. */
static bool get_time(struct bytes *d, char out[TIME_LEN])
{
	bool is_short = has(d, UTC_TIME);
	struct bytes t = get(d, is_short ? UTC_TIME : GENERALIZED_TIME);
	size_t skip = is_short ? 2 : 0;

	if (left(&t) != TIME_LEN - skip + 1)
		return false;
	memcpy(out, *t.p < '5' ? "20" : "19", 2);
	memcpy(out + skip, t.p, TIME_LEN - skip);
	return true;
}

static bool get_extension(struct bytes *d, struct cert *c)
{
	struct bytes ext = get(d, SEQUENCE), oid = get(&ext, OID), critical = { NULL, NULL }, value, inner;

	if (has(&ext, BOOLEAN))
		critical = get(&ext, BOOLEAN);
	value = get(&ext, OCTET_STRING);
	/* id-ce N */
	switch (left(&oid) == 3 && oid.p[0] == 0x55 && oid.p[1] == 0x1d ? oid.p[2] : 0) {
	case 15: /* keyUsage: bit 5 is for signing certificates */
		inner = get(&value, BIT_STRING);
		c->may_not_sign = left(&inner) < 2 || !(inner.p[1] & 4);
		break;
	case 17: /* subjectAltName */
		c->names = get(&value, SEQUENCE);
		break;
	case 19: /* basicConstraints */
		inner = get(&value, SEQUENCE);
		if (has(&inner, BOOLEAN)) {
			critical = get(&inner, BOOLEAN);
			c->is_ca = left(&critical) && *critical.p;
		}
		if (left(&inner)) {
			value = get_number(&inner);
			c->path_len = left(&value) ? *value.p : 0;
		}
		break;
	case 37: /* extKeyUsage */
		break;
	default:
		c->strange |= left(&critical) && *critical.p;
	}
	return value.p;
}

/* The next element of one part becomes another: a BIT STRING's without the number of bits that are missing at its end, which is 0. */
struct step {
	uint8_t from, tag, to;
};
#define OPTIONAL 0x40 /* with a tag */
#define STAY 0x80     /* with from: the next step is about this element once more */
#define WHOLE 0x80    /* with to: the element with its header */
static const struct step steps[] = {
	{ INPUT, SEQUENCE, CERTIFICATE },
	{ CERTIFICATE | STAY, SEQUENCE, INSIDE },
	{ CERTIFICATE, SEQUENCE, SIGNED_PART | WHOLE },
	{ CERTIFICATE, SEQUENCE, SCRATCH },
	{ SCRATCH, OID, ALGORITHM },
	{ CERTIFICATE, BIT_STRING, SIGNATURE },
	{ INSIDE, CONSTRUCTED(0) | OPTIONAL, SCRATCH }, /* version */
	{ INSIDE, INTEGER, SCRATCH },                   /* serial number */
	{ INSIDE, SEQUENCE, SCRATCH },                  /* once more, the algorithm */
	{ INSIDE, SEQUENCE, ISSUER | WHOLE },
	{ INSIDE, SEQUENCE, VALIDITY },
	{ INSIDE, SEQUENCE, SUBJECT | WHOLE },
	{ INSIDE, SEQUENCE, INFO },
	{ INFO, SEQUENCE, SCRATCH },
	{ SCRATCH, OID, KEY_KIND },
	{ SCRATCH, OID | OPTIONAL, CURVE },
	{ INFO, BIT_STRING, KEY },
};

static bool take_apart(struct bytes part[PARTS])
{
	const struct step *s;

	for (s = steps; s < steps + sizeof(steps) / sizeof(steps[0]); s++) {
		struct bytes *from = &part[s->from & ~STAY], *to = &part[s->to & ~WHOLE], at = *from;
		unsigned tag = s->tag & ~OPTIONAL;

		if (s->tag & OPTIONAL && !has(from, tag))
			continue;
		*to = get(from, tag);
		if (!to->p || (tag == BIT_STRING && (left(to) < 2 || *to->p++)))
			return false;
		if (s->to & WHOLE)
			to->p = at.p;
		if (s->from & STAY)
			*from = at;
	}
	return true;
}

static bool get_cert(struct bytes *in, struct cert *c)
{
	struct bytes *rest = &c->part[INSIDE], outer, all;

	memset(c, 0, sizeof(*c));
	c->path_len = -1;
	c->part[INPUT] = *in;
	if (!take_apart(c->part) || !get_time(&c->part[VALIDITY], c->from) || !get_time(&c->part[VALIDITY], c->until) || !get_key(c))
		return false;
	while (left(rest) && !has(rest, CONSTRUCTED(3)))
		get(rest, 0);
	if (!left(rest))
		return true;
	outer = get(rest, CONSTRUCTED(3));
	all = get(&outer, SEQUENCE);
	while (left(&all))
		if (!get_extension(&all, c))
			return false;
	return all.p;
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
	struct bytes names = c->names, entry;
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

static const char *check_time(const struct cert *c, time_t now)
{
	struct date d = date_of(now);
	char text[TIME_LEN + 1];
	bool early, late;

	text_format(text, sizeof(text), "%04u%02u%02u%02u%02u%02u", d.year, d.month + 1, d.day, d.hour, d.minute, d.second);
	early = memcmp(text, c->from, TIME_LEN) < 0;
	late = memcmp(text, c->until, TIME_LEN) > 0;
	if ((early || late) && now < CLOCK_IS_SET)
		return reason("the clock is not set: no telling whether the certificate is valid");
	if (late)
		return reason("certificate expired");
	return early ? reason("certificate not valid yet") : NULL;
}

static bool by_anchor(const struct trust *t, const struct cert *c)
{
	const struct anchor *a;

	for (a = t->first; a; a = a->next)
		if (der_is(&c->part[ISSUER], a->name, a->name_len) && signed_by(c, &a->key))
			return true;
	return false;
}

/* The one among the server's certificates that signed c. */
static bool find_issuer(struct bytes chain, const struct cert *c, int depth, struct cert *issuer)
{
	struct bytes one;

	while ((one = bytes_vector(&chain, 3)).p) {
		/* Others may be of a kind that we don't know. */
		if (!get_cert(&one, issuer) || !issuer->is_ca || issuer->may_not_sign ||
		    !der_is(&issuer->part[SUBJECT], c->part[ISSUER].p, left(&c->part[ISSUER])))
			continue;
		if ((issuer->path_len == -1 || issuer->path_len >= depth) && signed_by(c, &issuer->key))
			return true;
	}
	return false;
}

static const char *verify_chain(const struct trust *trust, const struct bytes *chain, struct cert *c, time_t now)
{
	struct cert issuer;
	int depth;

	for (depth = 0; depth < CHAIN_MAX; depth++) {
		const char *wrong = check_time(c, now);

		if (wrong)
			return wrong;
		if (c->strange)
			return reason("certificate with an unknown critical extension");
		if (by_anchor(trust, c))
			return NULL;
		if (!find_issuer(*chain, c, depth, &issuer))
			break;
		*c = issuer;
	}
	return reason("certificate not signed by a trusted authority");
}

const char *x509_verify(const struct trust *trust, struct bytes chain, const char *name, time_t now, struct x509_key *key)
{
	struct bytes in = chain, one = bytes_vector(&in, 3);
	struct cert c;

	if (!get_cert(&one, &c))
		return reason("certificate of an unknown kind");
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

static int add_anchor(struct trust *t, const struct cert *c)
{
	size_t len = left(&c->part[SUBJECT]);
	struct anchor *a = malloc(sizeof(*a) + len);

	if (!a)
		return -ENOMEM;
	*a = (struct anchor){ .next = t->first, .key = c->key, .name_len = len };
	memcpy(a->name, c->part[SUBJECT].p, len);
	t->first = a;
	return 0;
}

static int add_all(struct trust *t, char *text)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	struct cert c;
	int err = 0;

	for (; !err && (text = strchr(text, '-')); text++) {
		uint8_t *bytes = (uint8_t *)text;
		struct bytes in;

		if (strncmp(text, begin, sizeof(begin) - 1))
			continue;
		text += sizeof(begin) - 1;
		in.p = bytes;
		in.end = base64(&text, bytes);
		if (get_cert(&in, &c))
			err = add_anchor(t, &c);
		if (!*text)
			break;
	}
	return err;
}

struct trust *trust_load(const char *path)
{
	char *text = text_load(path);
	struct trust *t;
	int err;

	if (!text)
		return NULL;
	t = calloc(1, sizeof(*t));
	err = t ? add_all(t, text) : -ENOMEM;
	if (t && !err && !t->first)
		err = -EINVAL;
	free(text);
	if (err) {
		trust_free(t);
		errno = -err;
		return NULL;
	}
	return t;
}

void trust_free(struct trust *t)
{
	struct anchor *a, *next;

	for (a = t ? t->first : NULL; a; a = next) {
		next = a->next;
		free(a);
	}
	free(t);
}
