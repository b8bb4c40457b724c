/* store_schema.h - the tables of the store, as numbered migrations. */
#ifndef LASH_SYS_STORE_SCHEMA_H
#define LASH_SYS_STORE_SCHEMA_H

/* Migration i takes the schema from version i to i + 1; ends with a NULL. One
 * that was released is never changed: what is new gets the next number. */
extern const char *const lash_store_migrations[];

#endif
