/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/qr.h"

#include "broker/base/buf.h"
#include "broker/base/error.h"

#include <errno.h>
#include <qrencode.h>

DEFINE_CLEANUP(QRcode, code_cleanup, QRcode_free)

/* Dark modules of a row that touch are one stroke. */
static void draw_row(struct buf *path, const unsigned char *modules, int width, int y)
{
	for (int x = 0; x < width; x++) {
		int from = x;

		while (x < width && modules[x] & 1)
			x++;
		if (x > from)
			buf_printf(path, "M%d %dh%dv1h-%dz", from + QR_QUIET, y + QR_QUIET, x - from, x - from);
	}
}

int qr_draw(struct span text, struct arena *arena, struct qr *ret_qr)
{
	CLEANUP(code_cleanup) QRcode *code = QRcode_encodeData((int)text.n, (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
	struct buf path = buf_new(arena, 8192);

	if (!code)
		return errno == ERANGE ? ERR_TOO_LARGE : FAULT_MEMORY;
	for (int y = 0; y < code->width; y++)
		draw_row(&path, code->data + (size_t)y * (size_t)code->width, code->width, y);
	ret_qr->size = code->width + 2 * QR_QUIET;
	return buf_done(&path, &ret_qr->path);
}
