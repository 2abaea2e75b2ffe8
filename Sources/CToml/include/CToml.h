#ifndef VIPAGENT_CTOML_H
#define VIPAGENT_CTOML_H

/* toml++ (TOML 1.0) behind C: a buffer is parsed whole, and the tree is walked with every position it was read at.
   No C++ type, exception or allocation crosses this line, except through the two handles. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Line and column count from 1; a column is a Unicode scalar value, a tab is one. 0 where nothing is known. */
typedef struct ctoml_position {
    uint32_t line, column;
} ctoml_position;

/* From the first character to the one behind the last. */
typedef struct ctoml_region {
    ctoml_position begin, end;
} ctoml_region;

typedef enum ctoml_kind {
    CTOML_TABLE,
    CTOML_ARRAY,
    CTOML_STRING,
    CTOML_INTEGER,
    CTOML_FLOAT,
    CTOML_BOOLEAN,
    CTOML_DATE_TIME /* a date, a time, or both */
} ctoml_kind;

/* What was wrong, as a sentence that ends with a NUL, and where. */
typedef struct ctoml_error {
    ctoml_position position;
    char message[256];
} ctoml_error;

typedef struct ctoml_document ctoml_document; /* owns the tree */
typedef struct ctoml_node ctoml_node;         /* part of a document, valid as long as it */

/* Limits that keep the tree shallow enough to be walked, and freed, by recursion: values inside values, and the
   parts of one dotted key or table header. Together they allow no depth beyond 16 + 16 + 16 * 16. */
enum { CTOML_MAX_NESTED_VALUES = 16, CTOML_MAX_KEY_PARTS = 16 };

/* Parses `length` bytes of UTF-8. Returns NULL and fills `error` if they are not TOML, hold a NUL, or go beyond
   the limits. Free the result with ctoml_free. */
ctoml_document *ctoml_parse(const char *text, size_t length, ctoml_error *error);
void ctoml_free(ctoml_document *document);

/* The top-level table. */
const ctoml_node *ctoml_root(const ctoml_document *document);

ctoml_kind ctoml_node_kind(const ctoml_node *node);

/* Where a value stands; a table with a header stands where its header does. */
ctoml_region ctoml_node_region(const ctoml_node *node);

/* The value of a node of that kind; 0 or an empty string for any other. A string may hold NULs. */
const char *ctoml_string(const ctoml_node *node, size_t *length);
int64_t ctoml_integer(const ctoml_node *node);
double ctoml_float(const ctoml_node *node);
int ctoml_boolean(const ctoml_node *node);

/* Calls `visit` for every entry of a table, by the order of its keys, or every element of an array, whose key is
   NULL. Does nothing for any other kind. */
typedef void ctoml_visit(
    void *context, const char *key, size_t key_length, ctoml_region key_region, const ctoml_node *value);
void ctoml_each(const ctoml_node *node, void *context, ctoml_visit *visit);

#ifdef __cplusplus
}
#endif

#endif
