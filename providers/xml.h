/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml - the part of XML that CAS speaks, read strictly and one piece at a time.
 *
 * Elements, texts, CDATA, comments, the five entities of XML itself and numbers of characters. Refused: document types (so there are no entities of one's
 * own, no external ones and no bombs), processing instructions but the declaration, encodings other than UTF-8, an attribute twice, anything after the end.
 * Names are told without their prefix; the prefix must be the root's, which must belong to the name space that is expected: nothing else can pass for
 * what is looked for. XML 1.0 (5th edition), Namespaces in XML 1.0
 */
#pragma once

#include "broker/base/buf.h"

#define XML_DEPTH_MAX 16
#define XML_ATTRIBUTES_MAX 16

enum xml_piece { XML_OPEN, XML_CLOSE, XML_TEXT, XML_END };

struct xml_attribute {
	struct span name, value;
};

struct xml {
	struct span rest;
	struct arena *arena;
	const char *name_space; /* of every element; NULL: any */
	struct span prefix;     /* the root's */
	struct span open[XML_DEPTH_MAX]; /* names as written */
	size_t depth;
	bool has_root, closes; /* the element just opened is empty: XML_CLOSE comes next */
	/* the last piece */
	struct span name, text;
	struct xml_attribute attributes[XML_ATTRIBUTES_MAX];
	size_t n_attributes;
};

/* Begin at @text. @name_space: what the root's prefix must stand for. */
struct xml xml_new(struct span text, const char *name_space, struct arena *arena);
/* The next piece: XML_OPEN and XML_CLOSE with name (and attributes), XML_TEXT with text, decoded. ERR_MALFORMED, FAULT_MEMORY; after either, no more. */
MUST_USE int xml_next(struct xml *xml, enum xml_piece *ret_piece);
/* The value of attribute @name of the element just opened; empty when it has none. */
struct span xml_attribute(const struct xml *xml, const char *name);
/* After XML_OPEN: the element's text, to its end. ERR_MALFORMED when there are elements in it. */
MUST_USE int xml_text(struct xml *xml, struct span *ret_text);
/* After XML_OPEN: past the element's end. */
MUST_USE int xml_skip(struct xml *xml);
