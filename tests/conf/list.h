/* SPDX-License-Identifier: MIT */
#ifndef LIST_H
#define LIST_H

struct out;

/* Every keyword with its block, verdict and remark, as rows of a Markdown table. */
void list_keywords(struct out *);

#endif
