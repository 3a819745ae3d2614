/* SPDX-License-Identifier: MIT */
/* A log that nobody reads. */
#include "log.h"

void log_write(int priority_source, const char *format, ...)
{
	(void)priority_source, (void)format;
}
