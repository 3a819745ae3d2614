/* links: secret.c auth.c hash.c addr.c */
/* SPDX-License-Identifier: MIT */
/* Keys from files of all sorts, and what a reload keeps. */
#include "secret.h"
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HEX32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define RAW32 "abcdefghijklmnopqrstuvwxyz012345"

static char path[] = "/tmp/test_secret.XXXXXX";

static void fill(const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int read_it(uint8_t out[AUTH_SECRET_MAX], bool *open_to_all)
{
	struct hmac_key_conf key = { .id = 1, .file = path };

	return secret_read(&key, out, open_to_all);
}

static void files(void **state)
{
	static const struct {
		const char *text;
		int want;
	} rows[] = {
		{ "hex:" HEX32, 32 }, { "hex:" HEX32 "\n", 32 }, { "hex:" HEX32 "\r\n", 32 }, { "hex:" HEX32 HEX32 "\r\n", 64 },
		{ "hex:" HEX32 HEX32 "00", -EINVAL }, { "hex:" HEX32 "0", -EINVAL }, { "hex:" HEX32 " ", -EINVAL }, { "hex:", -EINVAL },
		{ "hex:0001020304", -EINVAL }, { RAW32, 32 }, { RAW32 "\n", 32 }, { RAW32 RAW32 "\n", 64 }, { RAW32 RAW32 "x", -EINVAL },
		{ "abcdefghijklmnopqrstuvwxyz01234\n", -EINVAL }, { "", -EINVAL }, { "\n", -EINVAL }, { HEX32, 64 }, { "HEX:" HEX32, -EINVAL },
		{ RAW32 RAW32 RAW32 RAW32 RAW32, -EINVAL }, { RAW32 "\nsecond line", -EINVAL }, { "hex:" HEX32 "\nhex:" HEX32 "\n", -EINVAL },
	};
	uint8_t out[AUTH_SECRET_MAX];
	bool open_to_all;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		fill(rows[i].text, strlen(rows[i].text), 0600);
		assert_int_equal(read_it(out, &open_to_all), rows[i].want);
		assert_false(open_to_all);
	}
	fill(RAW32 "\0x", 34, 0600);
	assert_int_equal(read_it(out, &open_to_all), -EINVAL);
	fill(RAW32, 32, 0640);
	assert_int_equal(read_it(out, &open_to_all), 32);
	assert_true(open_to_all);
	assert_memory_equal(out, RAW32, 32);
	fill("hex:" HEX32 "\n", 69, 0604);
	assert_int_equal(read_it(out, &open_to_all), 32);
	assert_true(open_to_all);
	for (unsigned i = 0; i < 32; i++)
		assert_int_equal(out[i], i);
}

static void no_files(void **state)
{
	static const struct {
		const char *file;
		int want;
	} rows[] = { { "/tmp/test_secret.none", -ENOENT }, { "/", -EISDIR }, { "/dev/zero", -EINVAL }, { "/dev/null", -EINVAL } };
	struct hmac_key_conf inline_key = { .id = 1, .len = 33, .key = RAW32 "6" };
	uint8_t out[AUTH_SECRET_MAX];
	bool open_to_all;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct hmac_key_conf key = { .id = 1, .file = rows[i].file };

		assert_int_equal(secret_read(&key, out, &open_to_all), rows[i].want);
	}
	assert_int_equal(secret_read(&inline_key, out, &open_to_all), 33);
	assert_memory_equal(out, RAW32 "6", 33);
	assert_false(open_to_all);
}

static void list(struct hmac_conf *h, struct hmac_key_conf *keys, unsigned count)
{
	memset(&h->keys, 0, sizeof(h->keys));
	for (unsigned i = 0; i < count; i++)
		keys[i].node.next = i + 1 < count ? &keys[i + 1].node : NULL;
	h->keys.first = count ? &keys[0].node : NULL;
	h->keys.count = count;
}

static void reloads(void **state)
{
	struct hmac_key_conf keys[] = { { .id = 7, .len = 32, .key = RAW32 }, { .id = 8, .file = "/tmp/test_secret.none" },
		                        { .id = 9, .len = 32, .key = "another" } };
	struct hmac_conf hmac = { .active_key = 7, .time_window_s = 9 };
	struct vrrp_conf conf = { .hmac = &hmac };
	struct auth_mark mark = { .source.family = AF_INET, .sequence = 5 };
	struct auth *a = NULL, *before;

	(void)state;
	list(&hmac, keys, 3);
	assert_true(secret_there(&conf));
	assert_int_equal(secret_load(&conf, &a), 0);
	assert_true(a->enforce && !a->silent && a->window_s == 9 && a->active_key == 7 && a->key_count == 2 && a->mark_count >= 4);
	assert_true(a->keys[0].id == 7 && a->keys[1].id == 9);
	a->marks[0] = mark;
	a->sequence = 77;

	/* Another mode, more peers: what was heard is not forgotten. */
	hmac.mode = HMAC_RECEIVE_ONLY;
	hmac.monotonic = true;
	hmac.active_key = 9;
	conf.peers.count = 200;
	assert_int_equal(secret_load(&conf, &a), 0);
	assert_true(!a->enforce && a->silent && !a->window_s && a->active_key == 9 && a->mark_count == 200 && a->sequence == 77);
	assert_memory_equal(&a->marks[0], &mark, sizeof(mark));
	assert_false(addr_is_set(&a->marks[199].source));
	conf.peers.count = 0;
	assert_int_equal(secret_load(&conf, &a), 0);
	assert_memory_equal(&a->marks[0], &mark, sizeof(mark));

	/* The key to sign with can't be read: all stays. */
	before = a;
	hmac.active_key = 8;
	assert_false(secret_there(&conf));
	assert_int_equal(secret_load(&conf, &a), -ENOKEY);
	assert_ptr_equal(a, before);
	assert_int_equal(a->active_key, 9);

	/* AH counts from the start; then nothing is authenticated. */
	conf.hmac = NULL;
	conf.auth_type = VRRP_AUTH_AH;
	assert_int_equal(secret_load(&conf, &a), 0);
	assert_true(a->key_count == 1 && !a->mark_count && !a->sequence);
	a->sequence = 12;
	assert_int_equal(secret_load(&conf, &a), 0);
	assert_int_equal(a->sequence, 12);
	conf.auth_type = VRRP_AUTH_PASS;
	assert_int_equal(secret_load(&conf, &a), 0);
	assert_null(a);
	assert_true(secret_there(&conf));
	secret_free(NULL);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	return fd < 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(files), cmocka_unit_test(no_files), cmocka_unit_test(reloads) };

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
