/* html.h - what a person would read of a page, as plain text.
 *
 * Headings begin with "#", items of lists with "-" or a number, quotations with
 * ">"; cells of a table are separated by "|"; what is preformatted stands between
 * lines of "```". Scripts, styles, navigation, forms and what is hidden are left
 * out. Behind the text of a link its target follows, as it stands in the page,
 * between LASH_HTML_LINK and LASH_HTML_END; LASH_HTML_BASE instead of LASH_HTML_LINK
 * is what all targets are relative to. Beside these there are no control characters
 * but line ends and tabs. */
#ifndef LASH_SYS_HTML_H
#define LASH_SYS_HTML_H

#include <stddef.h>

#include "base/buf.h"

#define LASH_HTML_LINK '\1'
#define LASH_HTML_END '\2'
#define LASH_HTML_BASE '\3'

/* Appends the text of a page, which is UTF-8; up to the limit of out, which is no
 * failure. Not bounded in time: see markup.h. */
LASH_NODISCARD enum lash_code lash_html_text(struct lash_buf *out, const char *html, size_t n,
                                             struct lash_err *err);

#endif
