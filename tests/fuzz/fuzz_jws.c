/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_jws - a stranger's compact token against a set of one key of every kind. What verifies must also peek, with the same header,
 * and must not verify when another algorithm is expected.
 */
#include "broker/base/error.h"
#include "keys/jws.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* RFC 7515 A.3, A.2 and RFC 8037 A.2 */
static const struct span keys =
	SPAN("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	     "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	     "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":"
	     "\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS"
	     "-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2Ca"
	     "pHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54"
	     "h4FRWyuXpoQ\"}]}");

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct jwks *set;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct span text = { (const char *)data, size };
	struct jws_peek peek;
	struct jws jws;

	if (!arena || (!set && jwks_parse(keys, &set)))
		return 0;
	int peeked = jws_peek(text, arena, &peek);
	int verified = jws_verify(set, &(struct jws_expect){ .algs = ALG_ALL }, text, arena, &jws);
	if (verified)
		return 0;
	if (peeked == 0 && (peek.alg != jws.alg || !span_eq(peek.kid, jws.kid)))
		abort();
	if (jws_verify(set, &(struct jws_expect){ .algs = ALG_ALL & ~ALG_BIT(jws.alg) }, text, arena, &jws) == 0)
		abort();
	return 0;
}
