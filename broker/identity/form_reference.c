/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/form_reference.h"

#include "broker/identity/document.h"
#include "broker/identity/form.h"

/* What each type takes, for the reader of docs/forms.md. */
static const char *const says[] = {
	[FORM_TEXT] = "one line", [FORM_LONG_TEXT] = "several lines", [FORM_LOGIN_NAME] = "a new login name (T9)", [FORM_PASSWORD] = "a new password (T10)",
	[FORM_PASSWORD_AGAIN] = "repeats `password`", [FORM_PASSWORD_OLD] = "the password until now",
	[FORM_PERSON] = "a person's name: 2 to 50 Han characters, or Latin letters", [FORM_UNIT_NAME] = "a unit's name",
	[FORM_PAYEE] = "must be the unit's own name (T16)", [FORM_PHONE] = "a mainland mobile number", [FORM_EMAIL] = "an e-mail address",
	[FORM_ID_TYPE] = "a document type, by its code (below)", [FORM_ID_NUMBER] = "judged by the type, country and sex beside it",
	[FORM_VALID_FROM] = "first day; not in the future", [FORM_VALID_TO] = "last day, or `long`; not past; follows from the years when empty",
	[FORM_VALID_YEARS] = "`5`, `10`, `20` or `long`", [FORM_COUNTRY] = "ISO 3166-1 alpha-3", [FORM_GENDER] = "`1` or `2` (GB/T 2261.1)",
	[FORM_ETHNIC] = "`01` … (GB/T 3304)", [FORM_CHOICE] = "one of the form's `choices`",
	[FORM_REGION] = "one of the form's `choices`, or six digits (GB/T 2260)", [FORM_DEPARTMENT] = "one of the configured departments",
	[FORM_USCC] = "a unified social credit code (GB 32100)", [FORM_BANK_ACCOUNT] = "8 to 32 digits", [FORM_AGREE] = "a box that must be ticked",
	[FORM_CAPTCHA] = "where the captcha stands", [FORM_CODE] = "a code from a message must prove `phone`",
};
_Static_assert(ARRAY_LEN(says) == FORM_TYPES, "a line for each type");

static void print_forms(FILE *out)
{
	const struct form *form;

	for (size_t i = 0; (form = form_default_at(i)); i++) {
		fprintf(out, "### `%s`\n\n", form->name);
		for (size_t k = 0; k < form->n; k++) {
			const struct config_form_row *row = &form->rows[k];

			fprintf(out, "%s`" SPAN_FMT "`%s", k ? ", " : "", SPAN_ARG(row->name), row->required ? "" : " (optional)");
			for (size_t c = 0; c < row->choices.n; c++)
				fprintf(out, "%s" SPAN_FMT, c ? " " : " [", SPAN_ARG(row->choices.items[c].value));
			if (row->choices.n)
				fputs("]", out);
		}
		fputs(".\n\n", out);
	}
}

void form_reference_print(FILE *out)
{
	const struct document_type *type;
	const struct form_field *field;

	fputs("# Forms\n\nPrinted by `yimen forms-reference` from the tables that pages, checks and the API use; do not edit. An operator replaces a form\n"
	      "under `forms:` in the configuration; every field below can stand in any form.\n\n## Fields\n\n"
	      "| field | longest | what it takes |\n|---|---|---|\n", out);
	for (size_t i = 0; (field = form_field_at(i)); i++)
		fprintf(out, "| `%s` | %zu | %s |\n", field->name, field->max, says[field->type]);
	fputs("\n## Document types\n\n| code | | | verified by interface | validity | country |\n|---|---|---|---|---|---|\n", out);
	for (size_t i = 0; (type = document_type_at(i)); i++)
		fprintf(out, "| `%s` | %s | %s | %s | %s | %s |\n", type->code, type->zh, type->en, type->is_auto_verifiable ? "yes" : "–",
			type->has_validity ? "yes" : "–", type->wants_country ? "yes" : "–");
	fputs("\n## Built-in forms\n\n", out);
	print_forms(out);
}
