/* SPDX-License-Identifier: Apache-2.0 */
/* vectors - keys and tokens from the RFCs and from npm jose 6.2.17, shared by the JWK and JWS tests. */
#pragma once

/* RFC 7515 A.2 */
#define RSA_A2_N                                                                                                                            \
	"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_"         \
	"YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5" \
	"ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define RSA_A2 "{\"kty\":\"RSA\",\"n\":\"" RSA_A2_N "\",\"e\":\"AQAB\"}"
#define PAYLOAD_A "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
#define JWS_A2                                                                                                                              \
	"eyJhbGciOiJSUzI1NiJ9." PAYLOAD_A                                                                                                   \
	".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4" \
	"BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"  \
	"hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
/* RFC 7515 A.3 */
#define EC_A3 "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"
#define EC_A3_PRIVATE                                                                                                                       \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"," \
	"\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}"
#define SIGNATURE_A3 "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
#define JWS_A3 "eyJhbGciOiJFUzI1NiJ9." PAYLOAD_A "." SIGNATURE_A3
/* RFC 8037 A.1, A.3, A.4 */
#define OKP_8037 "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"
#define OKP_8037_PRIVATE                                                                                                                    \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"
#define OKP_8037_THUMBPRINT "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
#define INPUT_8037 "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
#define SIGNATURE_8037 "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
/* RFC 7638 3.1 */
#define RSA_7638_N                                                                                                                          \
	"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY" \
	"4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTW" \
	"hAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
#define RSA_7638 "{\"kty\":\"RSA\",\"n\":\"" RSA_7638_N "\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}"
#define RSA_7638_THUMBPRINT "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
/* RFC 7520 3.3, 4.1 */
#define RSA_7520                                                                                                                            \
	"{\"kty\":\"RSA\",\"kid\":\"bilbo.baggins@hobbiton.example\",\"use\":\"sig\",\"n\":\"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT" \
	"-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfV" \
	"fHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRh" \
	"uaxwUkRz5iaiQkqgc5gHdrNP5zw\",\"e\":\"AQAB\"}"
#define PAYLOAD_7520                                                                                                                        \
	"SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndC" \
	"BrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4"
#define JWS_7520_RS256                                                                                                                      \
	"eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9." PAYLOAD_7520                                            \
	".MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDL" \
	"JK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXi" \
	"c1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg"
/* Made with npm jose: RFC 7520 has PS384 only */
#define RSA_JOSE                                                                                                                            \
	"{\"kty\":\"RSA\",\"n\":\"nI3Ie-fbrRciUu-EPeN9T2yZVs72vZZhF05lObmhu-haO4ycomiSxwqWrMgdsAOyPiuWrNiTTYY3Wn1OFALj34u-SkAPmWZi6fOCuRF4B7EWQ" \
	"68kVVSIELQh5WGZxtq9zGdlzidpk13XjGnpea419NTCw7uhOqQ5fovDrFb1lKER7aMF6hTrftOzK_91-efyPkBK1gU_niu4C_iiCgpMG_kGKbsVNN2qwZZBQmtXoLeX6rpJ" \
	"a5urIspg1YdR1s9mox6xj66035FhOKw-WDrdh3PRaDPP2nMCEPnjnd6-WKyitUEtGzdRRsduXDsvhUlcndTd54bEADYETnPOywV2bQ\",\"e\":\"AQAB\"}"
#define RSA_JOSE_THUMBPRINT "4MFrman2e-uo3VBwpWmJ0wToQ87v7_lzsV8Wf67zwB8"
#define JWS_JOSE_PS256                                                                                                                      \
	"eyJhbGciOiJQUzI1NiIsImtpZCI6Impvc2UtMSJ9.eyJhIjoxfQ.Bhpn4MnP2kVHwN8EL9ijTT6AYX96yrjXGloXuGAV6YgGVSK14FMx-VIxfWTA0yqNua3_lwJSqT_9KU6" \
	"YiyDgIF6DzmySc8PSksIfZkNUGaZzCB7REM0OkafZltYhV6-r5cilhuX7HfPyLs0UN-q7r6GHgpwrjfkkqP_IBUhr9zxvDGr2DBz_xriRAQ8ZdACbQ2TJ50yQvp-ca-uFGO" \
	"EwEZS-EUNTjR3qQ8OGyjY6Da52xLtWY3iHADQbUpsz-yn3LmnywKYUL3rkTGC_s9AgqNP5uc5OTgbSqDtcTz2vDKg2QN0NKFXtdTCJidv77DFforlJeq0aBAPxoTKAa2P49A"
#define EC_JOSE "{\"kty\":\"EC\",\"x\":\"0uDF0QsMTc1C1NAGyZNWVNknlk4JPdssm_cNVR45YR4\",\"y\":\"klLCqQObtdEgz30p7CTdUiy8uGhnmDuSMMfDYB3b-n8\",\"crv\":\"P-256\"}"
#define EC_JOSE_THUMBPRINT "Jncb7bxmsnwv83W7ARBHzj5Pz0gVsc8u8XWj9fIQFlc"
#define JWS_JOSE_ES256 "eyJhbGciOiJFUzI1NiIsImtpZCI6Impvc2UtMiIsInR5cCI6ImF0K2p3dCJ9.eyJhIjoxfQ._07P4zdPQvLfWeRJABxuphnvKlN7gUeV0lccIBEm08PL6l_2SxZqrtq5gfu00Udml_awYxWZqhw0ikp8W4YQcQ"
