/* links: netlink.c addr.c */
/* SPDX-License-Identifier: MIT */
/* Event messages into the mirror. What comes is said to be the kernel's; under an emulator, or a broken driver, it may be anything. */
#include "iface.c"

/* The loop and the log are not asked: nothing is read from a socket here. */
int io_add(struct io *io)
{
	(void)io;
	return 0;
}

void io_close(struct io *io)
{
	(void)io;
}

void timer_set(struct timer *timer, uint64_t delay_us)
{
	(void)timer, (void)delay_us;
}

void timer_stop(struct timer *timer)
{
	(void)timer;
}

void log_write(int priority_source, const char *format, ...)
{
	(void)priority_source, (void)format;
}

static void changed(void *ctx, struct iface *iface, unsigned change)
{
	(void)ctx;
	if (!change || (iface && memchr(iface->name, 0, sizeof(iface->name)) == NULL))
		abort();
}

/* What must hold after any message. */
static void check(struct iface_table *t)
{
	for (struct iface *i = t->first; i; i = i->next) {
		if (i->hw_len > sizeof(i->hw_addr) || !memchr(i->name, 0, sizeof(i->name)) || !memchr(i->kind, 0, sizeof(i->kind)))
			abort();
		if (i->addrs && !i->index)
			abort();
		for (const struct iface_addr *a = i->addrs; a; a = a->next)
			if (!addr_is_set(&a->addr) || a->prefix > 8 * addr_len(&a->addr) || (!entry_of(i)->kept && !is_wanted(t, &a->addr)))
				abort();
		for (const struct iface *k = i->next; k; k = k->next)
			if ((i->index && i->index == k->index) || (i->name[0] && !strcmp(i->name, k->name)))
				abort();
		iface_is_up(t, i);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "eth0", "a" };
	struct iface_table *t = calloc(1, sizeof(*t));
	uint8_t *copy = malloc(size + !size);

	if (!t || !copy)
		abort();
	t->changed = changed;
	/* As iface_get() does, without the dump that it would ask for. */
	for (unsigned i = 0; i < 2; i++)
		entry_of(place_for(t, names[i]))->kept = true;
	t->wanted = calloc(1, sizeof(*t->wanted));
	t->wanted->addr = addr_from_bytes(AF_INET, (const uint8_t[]){ 10, 0, 0, 3 });
	memcpy(copy, data, size);
	nl_walk(copy, size, take_message, t);
	check(t);
	tell(t);
	check(t);
	/* Once more: everything is known already. */
	nl_walk(copy, size, take_message, t);
	tell(t);
	check(t);
	free(copy);
	iface_table_free(t);
	return 0;
}
