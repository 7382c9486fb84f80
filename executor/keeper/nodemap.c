/*
 * nodemap.c - the text of the node map.
 *
 * A line that is not understood in full makes the whole map unusable: a typing mistake in a restriction must not be read
 * as no restriction.  Nothing here touches a file or a user database.
 *
 *	user NAME class=strict|legacy tenants=a,b|* [roles=r,s|*] [profile=/path]
 *	secret NAME users=u,v file=/path | command=/path
 *	uid_min N
 */
#include "nodemap.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define DEFAULT_UID_MIN 1000
#define MAX_WORDS 8

typedef struct Line
{
	char *words[MAX_WORDS];
	size_t count;
} Line;

/* ---- words ---- */

static int
split(Line *line, char *text, Err *e)
{
	line->count = 0;
	for (char *p = text + strspn(text, " \t"); *p != '\0' && *p != '#';)
	{
		size_t len = strcspn(p, " \t");
		size_t gap = strspn(p + len, " \t");

		if (line->count == MAX_WORDS)
			return err_set(e, 0, "more than %d words", MAX_WORDS);
		line->words[line->count++] = p;
		p += len;
		if (*p == '\0')
			break;
		*p = '\0';
		p += gap;
	}
	return 0;
}

/* The value where the word is "key=value". */
static const char *
value_of(const char *word, const char *key)
{
	size_t len = strlen(key);

	return strncmp(word, key, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

static void
free_list(char **list)
{
	for (char **p = list; p != NULL && *p != NULL; p++)
		free(*p);
	free(list);
}

static bool
list_has(char *const *list, const char *name)
{
	for (; *list != NULL; list++)
	{
		if (strcmp(*list, name) == 0)
			return true;
	}
	return false;
}

/* "a,b"; no empty names and no star, which would look like a name and mean everybody. */
static int
read_list(char ***list, const char *key, const char *text, Err *e)
{
	size_t n = 1;

	if (*list != NULL)
		return err_set(e, 0, "\"%s\" comes twice", key);
	for (const char *p = text; *p != '\0'; p++)
		n += *p == ',';
	*list = mem_zalloc((n + 1) * sizeof(char *));
	for (size_t i = 0; i < n; i++)
	{
		size_t len = strcspn(text, ",");

		if (len == 0 || (len == 1 && *text == '*'))
			return err_set(e, 0, "\"%s\" is not a list of names", key);
		(*list)[i] = mem_strndup(text, len);
		text += len + 1;
	}
	return 0;
}

static int
read_path(char **path, const char *key, const char *text, Err *e)
{
	if (*path != NULL)
		return err_set(e, 0, "\"%s\" comes twice", key);
	if (text[0] != '/')
		return err_set(e, 0, "\"%s\" is not an absolute path", key);
	*path = mem_strdup(text);
	return 0;
}

/* ---- user ---- */

typedef struct UserLine
{
	MapUser user;
	bool has_class;
	bool all_tenants;
	bool all_roles;
} UserLine;

static int
read_names(char ***list, bool *all, const char *key, const char *text, Err *e)
{
	if (*all || (*list != NULL && strcmp(text, "*") == 0))
		return err_set(e, 0, "\"%s\" comes twice", key);
	*all = strcmp(text, "*") == 0;
	return *all ? 0 : read_list(list, key, text, e);
}

static int
read_class(UserLine *line, const char *text, Err *e)
{
	if (line->has_class)
		return err_set(e, 0, "\"class\" comes twice");
	line->has_class = true;
	line->user.trust = strcmp(text, "legacy") == 0 ? TRUST_LEGACY : TRUST_STRICT;
	if (line->user.trust == TRUST_STRICT && strcmp(text, "strict") != 0)
		return err_set(e, 0, "\"class\" is strict or legacy, not \"%s\"", text);
	return 0;
}

static int
read_user_word(UserLine *line, const char *word, Err *e)
{
	const char *value;

	if ((value = value_of(word, "class")) != NULL)
		return read_class(line, value, e);
	if ((value = value_of(word, "tenants")) != NULL)
		return read_names(&line->user.tenants, &line->all_tenants, "tenants", value, e);
	if ((value = value_of(word, "roles")) != NULL)
		return read_names(&line->user.roles, &line->all_roles, "roles", value, e);
	if ((value = value_of(word, "profile")) != NULL)
		return read_path(&line->user.profile, "profile", value, e);
	return err_set(e, 0, "\"%s\" means nothing for a user", word);
}

static int
check_user(const NodeMap *map, const UserLine *line, Err *e)
{
	const char *name = line->user.name;

	if (strpbrk(name, "=,*/:") != NULL)
		return err_set(e, 0, "\"%s\" is no user's name", name);
	if (!line->has_class)
		return err_set(e, 0, "user \"%s\" has no class", name);
	if (line->user.tenants == NULL && !line->all_tenants)
		return err_set(e, 0, "user \"%s\" has no tenants", name);
	if (line->user.profile != NULL && line->user.trust != TRUST_LEGACY)
		return err_set(e, 0, "user \"%s\" has a profile and is not of class legacy", name);
	for (size_t i = 0; i < map->user_count; i++)
	{
		if (strcmp(map->users[i].name, name) == 0)
			return err_set(e, 0, "user \"%s\" has a line already", name);
	}
	return 0;
}

static void
free_user(MapUser *user)
{
	free(user->name);
	free_list(user->tenants);
	free_list(user->roles);
	free(user->profile);
}

static void
free_user_line(UserLine *line)
{
	free_user(&line->user);
}

static int
read_user(NodeMap *map, const Line *line, Err *e)
{
	__attribute__((cleanup(free_user_line))) UserLine read = {.user = {.name = mem_strdup(line->words[1])}};

	for (size_t i = 2; i < line->count; i++)
	{
		if (read_user_word(&read, line->words[i], e) < 0)
			return -1;
	}
	if (check_user(map, &read, e) < 0)
		return -1;
	map->users = mem_resize(map->users, map->user_count + 1, sizeof(MapUser));
	map->users[map->user_count++] = read.user;
	read.user = (MapUser){.name = NULL};
	return 0;
}

/* ---- secret ---- */

static int
read_secret_word(MapSecret *secret, const char *word, Err *e)
{
	const char *value;

	if ((value = value_of(word, "users")) != NULL)
		return read_list(&secret->users, "users", value, e);
	if ((value = value_of(word, "file")) != NULL)
		return read_path(&secret->file, "file", value, e);
	if ((value = value_of(word, "command")) != NULL)
		return read_path(&secret->command, "command", value, e);
	return err_set(e, 0, "\"%s\" means nothing for a secret", word);
}

static int
check_secret(const NodeMap *map, const MapSecret *secret, Err *e)
{
	if (strlen(secret->name) > 128)
		return err_set(e, 0, "a secret's name has at most 128 bytes");
	for (const char *p = secret->name; *p != '\0'; p++)
	{
		if (!isascii((unsigned char) *p) || !isgraph((unsigned char) *p))
			return err_set(e, 0, "a secret's name is of visible ASCII characters");
	}
	if (secret->users == NULL)
		return err_set(e, 0, "secret \"%s\" has no users", secret->name);
	if ((secret->file == NULL) == (secret->command == NULL))
		return err_set(e, 0, "secret \"%s\" has either a file or a command", secret->name);
	for (size_t i = 0; i < map->secret_count; i++)
	{
		if (strcmp(map->secrets[i].name, secret->name) == 0)
			return err_set(e, 0, "secret \"%s\" has a line already", secret->name);
	}
	return 0;
}

static void
free_secret(MapSecret *secret)
{
	free(secret->name);
	free_list(secret->users);
	free(secret->file);
	free(secret->command);
}

static int
read_secret(NodeMap *map, const Line *line, Err *e)
{
	__attribute__((cleanup(free_secret))) MapSecret read = {.name = mem_strdup(line->words[1])};

	for (size_t i = 2; i < line->count; i++)
	{
		if (read_secret_word(&read, line->words[i], e) < 0)
			return -1;
	}
	if (check_secret(map, &read, e) < 0)
		return -1;
	map->secrets = mem_resize(map->secrets, map->secret_count + 1, sizeof(MapSecret));
	map->secrets[map->secret_count++] = read;
	read = (MapSecret){.name = NULL};
	return 0;
}

/* ---- the whole ---- */

static int
read_uid_min(NodeMap *map, const Line *line, Err *e)
{
	const char *text = line->words[1];
	size_t digits = strspn(text, "0123456789");

	if (map->uid_min >= 0)
		return err_set(e, 0, "\"uid_min\" comes twice");
	if (line->count != 2 || digits == 0 || digits > 9 || text[digits] != '\0')
		return err_set(e, 0, "\"uid_min\" is a number");
	map->uid_min = strtol(text, NULL, 10);
	if (map->uid_min == 0)
		return err_set(e, 0, "\"uid_min\" is at least 1");
	return 0;
}

static int
read_line(NodeMap *map, char *text, Err *e)
{
	Line line;

	for (const char *p = text; *p != '\0'; p++)
	{
		if (*p != '\t' && iscntrl((unsigned char) *p))
			return err_set(e, 0, "a control character");
	}
	if (split(&line, text, e) < 0)
		return -1;
	if (line.count == 0)
		return 0;
	if (line.count == 1)
		return err_set(e, 0, "\"%s\" alone says nothing", line.words[0]);
	if (strcmp(line.words[0], "user") == 0)
		return read_user(map, &line, e);
	if (strcmp(line.words[0], "secret") == 0)
		return read_secret(map, &line, e);
	if (strcmp(line.words[0], "uid_min") == 0)
		return read_uid_min(map, &line, e);
	return err_set(e, 0, "\"%s\" is neither user nor secret nor uid_min", line.words[0]);
}

int
nodemap_parse(NodeMap *map, const char *text, size_t len, Err *e)
{
	const char *end = text + len;
	int number = 0;

	*map = (NodeMap){.uid_min = -1};
	if (len > NODEMAP_MAX_BYTES)
		return err_set(e, 0, "more than %d bytes", NODEMAP_MAX_BYTES);
	if (len > 0 && memchr(text, '\0', len) != NULL)
		return err_set(e, 0, "a NUL byte");
	while (text < end)
	{
		const char *newline = memchr(text, '\n', (size_t) (end - text));
		size_t size = newline != NULL ? (size_t) (newline - text) : (size_t) (end - text);
		cleanup_free char *line = mem_strndup(text, size);

		number++;
		if (read_line(map, line, e) < 0)
		{
			nodemap_free(map);
			return err_wrap(e, "line %d", number);
		}
		text += size + 1;
	}
	if (map->uid_min < 0)
		map->uid_min = DEFAULT_UID_MIN;
	return 0;
}

void
nodemap_free(NodeMap *map)
{
	for (size_t i = 0; i < map->user_count; i++)
		free_user(&map->users[i]);
	for (size_t i = 0; i < map->secret_count; i++)
		free_secret(&map->secrets[i]);
	free(map->users);
	free(map->secrets);
	*map = (NodeMap){.uid_min = DEFAULT_UID_MIN};
}

const MapUser *
nodemap_user(const NodeMap *map, const char *user, const char *tenant, const char *role, Err *e)
{
	for (size_t i = 0; i < map->user_count; i++)
	{
		const MapUser *line = &map->users[i];

		if (strcmp(line->name, user) != 0)
			continue;
		if (line->tenants != NULL && !list_has(line->tenants, tenant))
			err_set(e, 0, "this node's map does not let tenant \"%s\" run jobs as user \"%s\"", tenant, user);
		else if (line->roles != NULL && !list_has(line->roles, role))
			err_set(e, 0, "this node's map does not let role \"%s\" run jobs as user \"%s\"", role, user);
		else
			return line;
		return NULL;
	}
	err_set(e, 0, "user \"%s\" is not in this node's map", user);
	return NULL;
}

const MapSecret *
nodemap_secret(const NodeMap *map, const char *secret, const char *user, Err *e)
{
	for (size_t i = 0; i < map->secret_count; i++)
	{
		if (strcmp(map->secrets[i].name, secret) != 0)
			continue;
		if (list_has(map->secrets[i].users, user))
			return &map->secrets[i];
		err_set(e, 0, "secret \"%s\" is not for user \"%s\" on this node", secret, user);
		return NULL;
	}
	err_set(e, 0, "secret \"%s\" is not in this node's map", secret);
	return NULL;
}
