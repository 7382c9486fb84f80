/*
 * http_allow.c - which addresses the node lets http jobs reach.
 *
 * Judged is an address about to be connected to, never a name: what a name says
 * can change between two questions.  The first rule that fits decides, and what
 * fits none is allowed.
 */
#include "http_allow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"
#include "mem.h"

#define MAX_FILE (1024 * 1024)
#define MAX_RULES 10000

/* What no job is to reach unless the node's administrator says so: this host, metadata services, everybody at once. */
static const char always[] = "deny 0.0.0.0/8\n"
							 "deny 127.0.0.0/8\n"
							 "deny 169.254.0.0/16\n"
							 "deny 100.100.100.200/32\n"
							 "deny 168.63.129.16/32\n"
							 "deny 192.0.0.0/24\n"
							 "deny fd00:ec2::/32\n"
							 "deny fd20:ce::254/128\n"
							 "deny 224.0.0.0/4\n"
							 "deny 255.255.255.255/32\n"
							 "deny ff00::/8\n"
							 "deny ::/96\n"
							 "deny fe80::/10\n"
							 "deny 64:ff9b:1::/48\n"
							 "deny 2002::/16\n";

/* An IPv4 address that travels inside IPv6 is judged as what it is: mapped, or behind a translator (RFC 6052). */
static bool
holds_ipv4(const uint8_t *address)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	static const uint8_t translated[12] = {0, 0x64, 0xff, 0x9b};

	return memcmp(address, mapped, 12) == 0 || memcmp(address, translated, 12) == 0;
}

static bool
same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return rest == 0 || ((a[bits / 8] ^ b[bits / 8]) & (0xff << (8 - rest)) & 0xff) == 0;
}

static bool
has_bits_beyond(const uint8_t *address, unsigned bits, unsigned all)
{
	for (unsigned bit = bits; bit < all; bit++)
		if ((address[bit / 8] & (0x80 >> bit % 8)) != 0)
			return true;
	return false;
}

static int
parse_bits(const char *text, unsigned max, unsigned *bits, Err *e)
{
	unsigned value = 0;

	for (const char *p = text; *p != '\0' || p == text; p++)
	{
		if (*p < '0' || *p > '9')
			return err_set(e, 0, "\"/%s\" is not a length of a prefix", text);
		value = value * 10 + (unsigned) (*p - '0');
		if (value > max)
			return err_set(e, 0, "\"/%s\" is longer than the address, which has %u bits", text, max);
	}
	*bits = value;
	return 0;
}

static int
parse_network(HttpAllowRule *rule, char *text, Err *e)
{
	char *slash = strchr(text, '/');
	unsigned all;

	if (slash != NULL)
		*slash = '\0';
	rule->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(rule->family, text, rule->address) != 1)
		return err_set(e, 0, "\"%s\" is not an address", text);
	all = rule->family == AF_INET ? 32 : 128;
	rule->bits = all;
	if (slash != NULL && parse_bits(slash + 1, all, &rule->bits, e) < 0)
		return -1;
	if (has_bits_beyond(rule->address, rule->bits, all))
		return err_set(e, 0, "\"%s/%u\" has bits beyond its prefix", text, rule->bits);
	/* It would never fit. */
	if (rule->family == AF_INET6 && rule->bits >= 96 && holds_ipv4(rule->address))
		return err_set(e, 0, "\"%s/%u\" is judged as IPv4 and has to be written as such", text, rule->bits);
	return 0;
}

static int
parse_line(HttpAllow *allow, char *line, Err *e)
{
	static const char blanks[] = " \t\r";
	HttpAllowRule rule = {0};
	char *rest = NULL;
	char *word;
	char *network;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, blanks, &rest);
	if (word == NULL)
		return 0;
	rule.allow = strcmp(word, "allow") == 0;
	if (!rule.allow && strcmp(word, "deny") != 0)
		return err_set(e, 0, "\"allow\" or \"deny\" expected, \"%s\" found", word);
	network = strtok_r(NULL, blanks, &rest);
	if (network == NULL)
		return err_set(e, 0, "\"%s\" without a network", word);
	if (parse_network(&rule, network, e) < 0)
		return -1;
	word = strtok_r(NULL, blanks, &rest);
	if (word != NULL)
		return err_set(e, 0, "\"%s\" after the network", word);
	if (allow->count == MAX_RULES)
		return err_set(e, 0, "more than %d rules", MAX_RULES);
	allow->rules = mem_resize(allow->rules, allow->count + 1, sizeof(rule));
	allow->rules[allow->count++] = rule;
	return 0;
}

int
http_allow_parse(HttpAllow *allow, const char *text, size_t len, Err *e)
{
	const char *end = text + len;
	int number = 0;

	if (memchr(text, '\0', len) != NULL)
		return err_set(e, 0, "there is a NUL in it");
	while (text < end)
	{
		const char *newline = memchr(text, '\n', (size_t) (end - text));
		size_t line_len = (size_t) ((newline != NULL ? newline : end) - text);
		cleanup_free char *line = mem_strndup(text, line_len);

		number++;
		if (parse_line(allow, line, e) < 0)
			return err_wrap(e, "line %d", number);
		text = newline != NULL ? newline + 1 : end;
	}
	return 0;
}

/*
 * Root owns the list, or whoever owns this program: he could as well replace the program.
 */
static bool
may_own(uid_t owner)
{
	struct stat program;

	return owner == 0 || (stat("/proc/self/exe", &program) == 0 && program.st_uid == owner);
}

static int
check_file(int fd, const char *path, Err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "could not look at \"%s\"", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, 0, "\"%s\" is not a regular file", path);
	if (!may_own(st.st_uid))
		return err_set(e, 0, "\"%s\" does not belong to root", path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(e, 0, "\"%s\" may be written by others than its owner", path);
	return 0;
}

int
http_allow_load(HttpAllow *allow, const char *path, Err *e)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	cleanup_buf Buf text = {0};

	if (fd < 0 && errno != ENOENT)
		return err_set(e, errno, "could not open \"%s\"", path);
	if (fd >= 0)
	{
		if (check_file(fd, path, e) < 0 || file_read_descriptor(fd, path, MAX_FILE, &text, e) < 0)
			return -1;
		if (http_allow_parse(allow, buf_text(&text), text.len, e) < 0)
			return err_wrap(e, "\"%s\"", path);
	}
	return http_allow_parse(allow, always, strlen(always), e);
}

void
http_allow_free(HttpAllow *allow)
{
	free(allow->rules);
	*allow = (HttpAllow){0};
}

bool
http_allow_permits(const HttpAllow *allow, const struct sockaddr *address)
{
	int family = address->sa_family;
	const uint8_t *bytes;

	if (family == AF_INET)
		bytes = (const uint8_t *) &((const struct sockaddr_in *) address)->sin_addr;
	else if (family == AF_INET6)
		bytes = (const uint8_t *) &((const struct sockaddr_in6 *) address)->sin6_addr;
	else
		return false;
	if (family == AF_INET6 && holds_ipv4(bytes))
	{
		family = AF_INET;
		bytes += 12;
	}
	for (size_t i = 0; i < allow->count; i++)
		if (allow->rules[i].family == family && same_prefix(allow->rules[i].address, bytes, allow->rules[i].bits))
			return allow->rules[i].allow;
	return true;
}
