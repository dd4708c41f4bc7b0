/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_reference - docs/forms.md: fields, document types and built-in forms, printed from their tables.
 */
#pragma once

#include <stdio.h>

void form_reference_print(FILE *out);
