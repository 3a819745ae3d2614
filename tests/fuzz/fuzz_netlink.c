/* links: netlink.c addr.c tests/unit/fake_loop.c tests/unit/no_log.c */
/* SPDX-License-Identifier: MIT */
/* Event messages into the mirror. What comes is said to be the kernel's; under an emulator, or a broken driver, it may be anything. */
#include "iface.c"

static void changed(void *ctx, struct iface *iface, unsigned change)
{
	(void)ctx;
	if (!change || (iface && memchr(iface->name, 0, sizeof(iface->name)) == NULL))
		abort();
}

/* What must hold after any message. */
static void check(void)
{
	for (struct iface *i = t.first; i; i = i->next) {
		if (i->hw_len > sizeof(i->hw_addr) || !memchr(i->name, 0, sizeof(i->name)) || !memchr(i->kind, 0, sizeof(i->kind)))
			abort();
		if (i->addrs && !i->index)
			abort();
		for (const struct iface_addr *a = i->addrs; a; a = a->next)
			if (!addr_is_set(&a->addr) || a->prefix > 8 * addr_len(&a->addr) || (!i->kept && !iface_find_addr(&t.wanted, &a->addr, -1)))
				abort();
		for (const struct iface *k = i->next; k; k = k->next)
			if ((i->index && i->index == k->index) || (i->name[0] && !strcmp(i->name, k->name)))
				abort();
		iface_is_up(i);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "eth0", "a" };
	uint8_t *copy = malloc(size + !size);

	if (!copy)
		abort();
	t.open = true;
	t.io.fd = -1;
	t.listeners[0].changed = changed;
	/* As iface_get() does, without the dump that it would ask for. */
	for (unsigned i = 0; i < 2; i++)
		place_for(names[i])->kept = true;
	iface_has_addr(&(const struct addr){ AF_INET, { 10, 0, 0, 3 } });
	memcpy(copy, data, size);
	nl_walk(copy, size, take_message, NULL);
	check();
	tell();
	check();
	/* Once more: everything is known already. */
	nl_walk(copy, size, take_message, NULL);
	tell();
	check();
	free(copy);
	iface_close();
	return 0;
}
