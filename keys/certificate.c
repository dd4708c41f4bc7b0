/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/certificate.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/crypto.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <time.h>

#define PEM_MAX (2 * 1024 * 1024) /* a system's bundle of authorities has 250 KiB */
#define NAME_MAX_BYTES 256

DEFINE_CLEANUP(BIO, bio_cleanup, BIO_free_all)
DEFINE_CLEANUP(X509, x509_cleanup, X509_free)

static void free_text(unsigned char **text)
{
	OPENSSL_free(*text);
}

bool certificate_is_in(struct span text)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----", trusted[] = "-----BEGIN TRUSTED CERTIFICATE-----";

	return text.p && (memmem(text.p, text.n, begin, sizeof begin - 1) || memmem(text.p, text.n, trusted, sizeof trusted - 1));
}

/* The last of @nid, which stands nearest to the holder. */
static int name_part(const X509_NAME *name, int nid, struct arena *arena, struct span *ret_text)
{
	CLEANUP(free_text) unsigned char *text = NULL;
	int at = -1, last = -1;

	while ((at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0)
		last = at;
	int n = last < 0 ? -1 : ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
	struct span read = { (char *)text, n > 0 ? (size_t)n : 0 };

	*ret_text = (struct span){ NULL, 0 };
	if (!read.n || read.n > NAME_MAX_BYTES || !encode_is_utf8(read))
		return 0;
	*ret_text = arena_dup(arena, read);
	return ret_text->p ? 0 : FAULT_MEMORY;
}

static bool read_time(const ASN1_TIME *time, struct instant *ret_at)
{
	struct tm tm;

	if (!ASN1_TIME_to_tm(time, &tm))
		return false;
	ret_at->ms = (int64_t)timegm(&tm) * MS_SECOND;
	return true;
}

static int read_one(const X509 *x509, struct arena *arena, struct certificate *ret_certificate)
{
	const X509_NAME *subject = X509_get_subject_name(x509);

	if (!read_time(X509_get0_notBefore(x509), &ret_certificate->from) || !read_time(X509_get0_notAfter(x509), &ret_certificate->until))
		return ERR_INVALID;
	TRY(name_part(subject, NID_commonName, arena, &ret_certificate->name));
	return ret_certificate->name.n ? 0 : name_part(subject, NID_organizationName, arena, &ret_certificate->name);
}

/* What ends the reading: no further block, or one that is none. */
static bool is_at_end(void)
{
	unsigned long error = ERR_peek_last_error();

	return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

int certificate_each(struct span pem, struct arena *arena, certificate_fn *fn, void *arg)
{
	struct certificate certificate;
	bool any = false, ended;

	if (!pem.n || pem.n > PEM_MAX)
		return ERR_INVALID;
	TRY(crypto_init());
	CLEANUP(bio_cleanup) BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
	if (!in)
		return FAULT_MEMORY;
	for (;; any = true) {
		ERR_clear_error();
		CLEANUP(x509_cleanup) X509 *x509 = PEM_read_bio_X509_AUX(in, NULL, NULL, NULL);

		ended = !x509 && is_at_end();
		if (!x509)
			break;
		TRY(read_one(x509, arena, &certificate));
		TRY(fn(&certificate, arg));
	}
	ERR_clear_error();
	return any && ended ? 0 : ERR_INVALID;
}
