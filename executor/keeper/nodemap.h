/*
 * nodemap.h - who may become whom on this node, as its administrator wrote it down.
 */
#ifndef JOBGRID_KEEPER_NODEMAP_H
#define JOBGRID_KEEPER_NODEMAP_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define NODEMAP_MAX_BYTES (256 * 1024)

typedef enum TrustClass
{
	TRUST_STRICT,
	TRUST_LEGACY
} TrustClass;

typedef struct MapUser
{
	char *name;
	TrustClass trust;
	char **tenants; /* NULL-terminated; NULL: all */
	char **roles;   /* likewise */
	char *profile;  /* NULL: none */
} MapUser;

typedef struct MapSecret
{
	char *name;
	char **users; /* NULL-terminated */
	char *file;   /* this or command, the other is NULL */
	char *command;
} MapSecret;

typedef struct NodeMap
{
	int64_t uid_min;
	MapUser *users;
	size_t user_count;
	MapSecret *secrets;
	size_t secret_count;
} NodeMap;

/* The whole text or nothing: < 0 with the line in e, and the map is empty. */
int nodemap_parse(NodeMap *map, const char *text, size_t len, Err *e);
void nodemap_free(NodeMap *map);

/* The user's line, when it permits this tenant and database role ("": none); else NULL with the reason. */
const MapUser *nodemap_user(const NodeMap *map, const char *user, const char *tenant, const char *role, Err *e);

/* The secret's line, when it is for this user; else NULL with the reason. */
const MapSecret *nodemap_secret(const NodeMap *map, const char *secret, const char *user, Err *e);

#endif
