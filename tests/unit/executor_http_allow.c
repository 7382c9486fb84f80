/*
 * The node's list of addresses for http jobs: what a list may look like, which rule decides, what holds without one,
 * whose file counts, and random bytes.
 */
#include "runners/http_allow.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "mem.h"
#include "tap.h"

static bool
permits(const HttpAllow *allow, const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return http_allow_permits(allow, (const struct sockaddr *) &v4);
	if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
		return http_allow_permits(allow, (const struct sockaddr *) &v6);
	printf("# not an address: %s\n", text);
	return false;
}

/* Whether the rules, and nothing else, permit the address. */
static bool
rules_permit(const char *rules, const char *address)
{
	HttpAllow allow = {0};
	Err e = {.message = ""};
	bool result;

	if (http_allow_parse(&allow, rules, strlen(rules), &e) < 0)
		printf("# %s\n", e.message);
	result = permits(&allow, address);
	http_allow_free(&allow);
	return result;
}

static void
check_rules(void)
{
	static const struct
	{
		const char *rules;
		const char *address;
		bool permitted;
	} cases[] = {
		{"", "10.0.0.1", true},
		{"deny 10.0.0.0/8", "10.0.0.1", false},
		{"deny 10.0.0.0/8", "11.0.0.0", true},
		{"deny 10.0.0.0/8", "9.255.255.255", true},
		{"deny 10.1.2.3", "10.1.2.3", false},
		{"deny 10.1.2.3", "10.1.2.2", true},
		{"deny 10.1.2.3/32", "10.1.2.3", false},
		{"deny 10.1.2.2/31", "10.1.2.3", false},
		{"deny 10.1.2.2/31", "10.1.2.4", true},
		{"deny 10.1.0.0/17", "10.1.127.255", false},
		{"deny 10.1.0.0/17", "10.1.128.0", true},
		{"deny 0.0.0.0/0", "255.255.255.255", false},
		{"deny 0.0.0.0/0", "::1", true},
		{"deny ::/0", "::1", false},
		{"deny ::/0", "10.0.0.1", true},
		{"deny ::/0", "::ffff:10.0.0.1", true}, /* that is IPv4 */
		{"deny 10.0.0.0/8", "::ffff:10.0.0.1", false},
		{"deny 10.0.0.0/8", "64:ff9b::10.0.0.1", false},
		{"deny 10.0.0.0/8", "64:ff9b::11.0.0.1", true},
		{"deny 10.0.0.0/8", "64:ff9c::10.0.0.1", true},
		{"deny fe80::/10", "febf:ffff::1", false},
		{"deny fe80::/10", "fec0::1", true},
		{"deny 2001:db8::/127", "2001:db8::1", false},
		{"deny 2001:db8::/127", "2001:db8::2", true},
		{"deny 2001:db8::1", "2001:db8::1", false},
		{"allow 10.1.0.0/16\ndeny 10.0.0.0/8", "10.1.0.1", true},
		{"allow 10.1.0.0/16\ndeny 10.0.0.0/8", "10.2.0.1", false},
		{"deny 10.0.0.0/8\nallow 10.1.0.0/16", "10.1.0.1", false},
		{"# deny 10.0.0.0/8\n\n \t \r\n\tdeny\t 11.0.0.0/8 # comment\r\n", "10.0.0.1", true},
		{"# deny 10.0.0.0/8\n\n \t \r\n\tdeny\t 11.0.0.0/8 # comment\r\n", "11.0.0.1", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(rules_permit(cases[i].rules, cases[i].address) == cases[i].permitted, "case %zu: %s is %s", i,
		   cases[i].address, cases[i].permitted ? "permitted" : "denied");
}

static void
check_refused(void)
{
	static const struct
	{
		const char *rules;
		const char *message;
	} bad[] = {
		{"deny", "line 1: \"deny\" without a network"},
		{"\n\nforbid 10.0.0.0/8", "line 3: \"allow\" or \"deny\" expected, \"forbid\" found"},
		{"Deny 10.0.0.0/8", "\"Deny\" found"},
		{"deny 10.0.0.0/8 11.0.0.0/8", "\"11.0.0.0/8\" after the network"},
		{"deny 10.0.0.0/8,", "\"/8,\" is not a length"},
		{"deny 10.0.0/8", "\"10.0.0\" is not an address"},
		{"deny 10.0.0.0/", "\"/\" is not a length"},
		{"deny 10.0.0.0/33", "longer than the address"},
		{"deny 10.0.0.0/4294967304", "longer than the address"},
		{"deny ::/129", "longer than the address"},
		{"deny 10.0.0.0/-1", "is not a length"},
		{"deny 10.0.0.0/8/8", "is not a length"},
		{"deny 10.0.0.0/+8", "is not a length"},
		{"deny 10.0.0.1/8", "\"10.0.0.1/8\" has bits beyond its prefix"},
		{"deny fe80::1/10", "has bits beyond its prefix"},
		{"deny 0x0a.0.0.0/8", "is not an address"},
		{"deny 010.0.0.0/8", "is not an address"},
		{"deny localhost", "is not an address"},
		{"deny [::1]", "is not an address"},
		{"deny fe80::1%eth0", "is not an address"},
		{"deny ::ffff:10.0.0.0/104", "has to be written as such"},
		{"deny 64:ff9b::/96", "has to be written as such"},
	};
	HttpAllow allow = {0};
	Err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(http_allow_parse(&allow, bad[i].rules, strlen(bad[i].rules), &e) < 0 &&
			   strstr(e.message, bad[i].message) != NULL,
		   "%s", e.message);
	ok(http_allow_parse(&allow, "deny 10.0.0.0/8\0", 16, &e) < 0, "%s", e.message);
	http_allow_free(&allow);
}

static void
check_always(void)
{
	static const char *const denied[] = {"0.0.0.0",
										 "0.1.2.3",
										 "127.0.0.1",
										 "127.255.255.255",
										 "169.254.0.0",
										 "169.254.169.254",
										 "224.0.0.1",
										 "239.255.255.255",
										 "255.255.255.255",
										 "100.100.100.200",
										 "168.63.129.16",
										 "::",
										 "::1",
										 "::127.0.0.1",
										 "::ffff:127.0.0.1",
										 "::ffff:0:0",
										 "fe80::1",
										 "febf::1",
										 "fd00:ec2::254",
										 "fd00:ec2::23",
										 "192.0.0.192",
										 "64:ff9b:1::a9fe:a9fe",
										 "fd20:ce::254",
										 "ff02::1",
										 "ffff::1",
										 "2002:7f00::1",
										 "64:ff9b::a9fe:a9fe",
										 "::ffff:a9fe:a9fe"};
	static const char *const permitted[] = {
		"1.1.1.1",     "10.0.0.1",    "126.255.255.255", "128.0.0.0",        "169.253.255.255", "169.255.0.0",
		"172.16.0.1",  "192.168.0.1", "223.255.255.255", "100.100.100.201",  "2001:db8::1",     "fd00::1",
		"fd00:ec3::1", "fec0::1",     "fe7f::1",         "64:ff9b::1.1.1.1", "::1:0:0:0",       "::ffff:1.1.1.1"};
	HttpAllow allow = {0};
	Err e;

	ok(http_allow_load(&allow, "/nothing/here", &e) == 0, "without a file");
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		ok(!permits(&allow, denied[i]), "%s is denied", denied[i]);
	for (size_t i = 0; i < sizeof(permitted) / sizeof(permitted[0]); i++)
		ok(permits(&allow, permitted[i]), "%s is not", permitted[i]);
	ok(!http_allow_permits(&allow, &(const struct sockaddr){.sa_family = AF_UNIX}), "what is no IP address is denied");
	http_allow_free(&allow);
}

static char path[] = "/tmp/jobgrid-allow-XXXXXX";

static bool
file_is_taken(const char *text, mode_t mode, uid_t owner, Err *e)
{
	HttpAllow allow = {0};
	FILE *f;
	bool taken;

	unlink(path);
	f = fopen(path, "we");
	fputs(text, f);
	fclose(f);
	if (chmod(path, mode) < 0 || chown(path, owner, (gid_t) -1) < 0)
		return false;
	taken = http_allow_load(&allow, path, e) == 0 && permits(&allow, "127.0.0.1") && !permits(&allow, "127.0.0.2") &&
			!permits(&allow, "10.0.0.1");
	http_allow_free(&allow);
	return taken;
}

static void
check_file(void)
{
	static const char rules[] = "allow 127.0.0.1\ndeny 10.0.0.0/8";
	Err e = {.message = ""};

	ok(file_is_taken(rules, 0644, geteuid(), &e), "the rules of a file, and then those that hold everywhere %s",
	   e.message);
	ok(file_is_taken(rules, 0400, geteuid(), &e), "mode 400 %s", e.message);
	ok(!file_is_taken(rules, 0664, geteuid(), &e) && strstr(e.message, "may be written by others") != NULL, "%s",
	   e.message);
	ok(!file_is_taken(rules, 0602, geteuid(), &e), "%s", e.message);
	ok(!file_is_taken("allow 127.0.0.1\ndeny 10.0.0.0/8\nx", 0644, geteuid(), &e) && strstr(e.message, path) != NULL,
	   "%s", e.message);
	if (geteuid() == 0)
		ok(!file_is_taken(rules, 0644, 12345, &e) && strstr(e.message, "does not belong to root") != NULL, "%s",
		   e.message);
	else
		printf("# somebody else's file: only root can make one\n");
	unlink(path);
}

/* Whether an address is in a network, bit by bit in another way than the parser's. */
static bool
inside(uint32_t address, uint32_t network, unsigned bits)
{
	for (unsigned bit = 0; bit < bits; bit++)
		if ((address >> (31 - bit) & 1) != (network >> (31 - bit) & 1))
			return false;
	return true;
}

static uint32_t
random_word(void)
{
	return (uint32_t) rand() ^ (uint32_t) rand() << 16;
}

static int
wrong_networks(void)
{
	int wrong = 0;

	for (int round = 0; round < 20000; round++)
	{
		unsigned bits = (unsigned) rand() % 33;
		uint32_t mask = bits == 0 ? 0 : UINT32_MAX << (32 - bits);
		uint32_t network = random_word() & mask;
		uint32_t address = rand() % 2 ? random_word() : network ^ 1u << rand() % 32;
		char rule[64];
		char text[64];

		snprintf(rule, sizeof(rule), "deny %u.%u.%u.%u/%u", network >> 24, network >> 16 & 255, network >> 8 & 255,
				 network & 255, bits);
		snprintf(text, sizeof(text), "%s%u.%u.%u.%u", rand() % 2 ? "::ffff:" : "", address >> 24, address >> 16 & 255,
				 address >> 8 & 255, address & 255);
		wrong += rules_permit(rule, text) == inside(address, network, bits);
	}
	return wrong;
}

/* Random texts in memory of exactly their length: taken or refused, never read past their end, every rule sane. */
static int
wrong_texts(int rounds)
{
	static const char alphabet[] = "allow deny 0123456789./:af#\n\t\r-%";
	static const char *const words[] = {"allow ", "deny ", "10.0.0.0/8", "fe80::/10", "\n",
										" ",      "#",     "/",          "::1",       "255"};
	int wrong = 0;

	for (int round = 0; round < rounds; round++)
	{
		HttpAllow allow = {0};
		cleanup_buf Buf text = {0};
		char *memory;
		Err e;

		for (int parts = rand() % 12; parts > 0; parts--)
		{
			if (rand() % 3)
				buf_puts(&text, words[(size_t) rand() % (sizeof(words) / sizeof(words[0]))]);
			else
				buf_putc(&text, rand() % 8 ? alphabet[(size_t) rand() % (sizeof(alphabet) - 1)] : (char) rand());
		}
		memory = malloc(text.len > 0 ? text.len : 1);
		memcpy(memory, buf_text(&text), text.len);
		if (http_allow_parse(&allow, memory, text.len, &e) == 0)
			for (size_t i = 0; i < allow.count; i++)
				wrong += allow.rules[i].bits > (allow.rules[i].family == AF_INET ? 32 : 128);
		permits(&allow, rand() % 2 ? "10.0.0.1" : "fe80::1");
		http_allow_free(&allow);
		free(memory);
	}
	return wrong;
}

int
main(void)
{
	unsigned seed = tap_seed();
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	check_rules();
	check_refused();
	check_always();
	check_file();
	srand(seed);
	ok(wrong_networks() == 0, "20,000 networks, seed %u", seed);
	ok(wrong_texts(200000) == 0, "200,000 texts, seed %u", seed);
	return done_testing();
}
