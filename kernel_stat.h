/* SPDX-License-Identifier: MIT */
/* struct kernel_stat: what stat64() fills in on 32 bits. To be included before libc's sys/stat.h, which uses the same names. */
#ifndef KERNEL_STAT_H
#define KERNEL_STAT_H

#define stat old_kernel_stat
#define stat64 kernel_stat
#include <asm/stat.h>
#undef stat
#undef stat64

#endif
