/*
 * Graphs: orders, cycles, layers and critical paths, by hand, against plain implementations, and in sizes that a stack or
 * anything quadratic would not survive.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../extension/src/graph/graph.h"
#include "../../extension/src/graph/graph_order.h"
#include "../../extension/src/graph/graph_path.h"
#include "mem.h"
#include "tap.h"

#define SMALL 14       /* nodes of random graphs, at most */
#define SMALL_EDGES 60 /* and edges */
#define FAR 1000       /* farther than any path of these */
#define MANY 100000

/* --- by hand --- */

/* Each number ends with a space. The text lasts until the next call. */
static const char *
list(const int *nodes, int n)
{
	static char text[200];
	int length = 0;

	text[0] = '\0';
	for (int i = 0; i < n; i++)
		length += snprintf(text + length, sizeof(text) - (size_t) length, "%d ", nodes[i]);
	return text;
}

/* The same of times, until the call after the next. */
static const char *
list_times(const int64_t *times, int n)
{
	static char text[2][400];
	static int turn;
	char *at = text[turn = 1 - turn];
	int length = 0;

	at[0] = '\0';
	for (int i = 0; i < n; i++)
		length += snprintf(at + length, sizeof(text[0]) - (size_t) length, "%lld ", (long long) times[i]);
	return at;
}

static void
check(const char *name, const char *got, const char *wanted)
{
	ok(strcmp(got, wanted) == 0, "%s: %s", name, got);
}

/* Edges as text, "0>1 1>2": node 1 waits for 0. */
static JgGraph *
graph_of(int n, const char *text)
{
	JgEdge edges[32];
	int nedges = 0;
	int length;

	while (sscanf(text, "%d>%d %n", &edges[nedges].from, &edges[nedges].to, &length) == 2)
	{
		text += length;
		nedges++;
	}
	return jg_graph_make(n, edges, nedges);
}

static const char *
order_of(int n, const char *text)
{
	JgGraph *graph = graph_of(n, text);
	int order[32];
	int norder;
	bool all = jg_graph_order(graph, order, &norder);
	const char *listed = list(order, norder);

	jg_graph_free(graph);
	return all == (norder == n) ? listed : "neither all nor not";
}

static const char *
cycle_of(int n, const char *text)
{
	JgGraph *graph = graph_of(n, text);
	int cycle[32] = {0};
	int ncycle = jg_graph_cycle(graph, cycle);
	const char *listed = list(cycle, ncycle);

	jg_graph_free(graph);
	return listed;
}

static void
check_bounds(void)
{
	JgEdge edge = {0, 1};
	JgGraph *graph = jg_graph_make(2, &edge, 1);

	ok(graph != NULL && graph->n == 2 && graph->nedges == 1, "an edge between the only two nodes");
	jg_graph_free(graph);
	jg_graph_free(NULL);
	ok(jg_graph_make(1, &edge, 1) == NULL, "an edge to no node");
	edge = (JgEdge){2, 1};
	ok(jg_graph_make(2, &edge, 1) == NULL, "an edge from no node");
	edge = (JgEdge){-1, 1};
	ok(jg_graph_make(2, &edge, 1) == NULL, "an edge from a node below all");
	edge = (JgEdge){1, -1};
	ok(jg_graph_make(2, &edge, 1) == NULL, "an edge to a node below all");
	ok(jg_graph_make(0, &edge, 1) == NULL, "an edge without nodes");
	ok(jg_graph_make(-1, NULL, 0) == NULL && jg_graph_make(0, NULL, -1) == NULL, "less than none");
	ok(jg_graph_make(JG_GRAPH_MOST + 1, NULL, 0) == NULL && jg_graph_make(1, NULL, JG_GRAPH_MOST + 1) == NULL,
	   "more than can be");
}

static void
check_rows(void)
{
	JgGraph *graph = graph_of(4, "2>3 0>3 2>1 0>2 2>3 3>3");

	check("rows begin", list(graph->offsets, 5), "0 2 2 5 6 ");
	check("rows ascend", list(graph->targets, graph->nedges), "2 3 1 3 3 3 ");
	jg_graph_free(graph);
}

static void
check_orders(void)
{
	check("no nodes", order_of(0, ""), "");
	check("no edges", order_of(3, ""), "0 1 2 ");
	check("a chain against the numbers", order_of(4, "1>0 2>1 3>2"), "3 2 1 0 ");
	check("a diamond", order_of(4, "2>3 1>3 0>2 0>1"), "0 1 2 3 ");
	check("twice the same edge", order_of(3, "2>0 2>0 0>1 2>0"), "2 0 1 ");
	check("what waits for no cycle has its place", order_of(6, "0>1 2>3 3>2 3>4 1>5"), "0 1 5 ");
	check("waiting for itself", order_of(2, "0>0"), "1 ");
	check("no order at all", order_of(3, "0>1 1>2 2>0"), "");
}

static void
check_cycles(void)
{
	check("no nodes, no cycle", cycle_of(0, ""), "");
	check("a diamond has no cycle", cycle_of(4, "2>3 1>3 0>2 0>1"), "");
	check("a node that waits for itself", cycle_of(3, "0>1 1>1 1>2"), "1 ");
	check("two that wait for each other", cycle_of(4, "0>1 3>1 1>3 3>2"), "1 3 ");
	check("each waits for the next", cycle_of(4, "0>1 1>2 2>3 3>0"), "0 3 2 1 ");
	check("what only waits for a cycle is not in it", cycle_of(5, "4>3 3>4 3>0 0>1"), "3 4 ");
	check("what a cycle waits for is not in it", cycle_of(5, "0>1 1>2 2>3 3>2"), "2 3 ");
	check("the smallest node begins", cycle_of(7, "6>5 5>6 2>4 4>3 3>2 5>4"), "2 3 4 ");
	check("the short way round", cycle_of(6, "0>1 1>2 2>3 3>4 4>5 5>0 3>0"), "0 3 2 1 ");
	check("itself is the shortest way", cycle_of(3, "0>1 1>2 2>0 0>0"), "0 ");
	check("a smaller node on the short way", cycle_of(8, "3>2 2>6 6>3 4>3 5>4 7>5 3>7"), "2 3 6 ");
}

static void
check_layers(const char *name, int n, const char *text, int layers, const char *wanted)
{
	JgGraph *graph = graph_of(n, text);
	int order[32];
	int depths[32];
	bool all = jg_graph_order(graph, order, NULL);
	int got = jg_graph_layers(graph, order, depths);
	const char *listed = list(depths, n);

	ok(all && got == layers && strcmp(listed, wanted) == 0, "%s: %d layers, %s", name, got, listed);
	jg_graph_free(graph);
}

/* One line: the path, its total, the finishes, the slack. */
static void
check_critical(const char *name, int n, const char *text, const int64_t *weights, const char *wanted)
{
	JgGraph *graph = graph_of(n, text);
	int order[32];
	int nodes[32];
	int64_t finishes[32];
	int64_t slack[32];
	char got[1000];
	JgCriticalPath path = {.nodes = nodes, .finishes = finishes, .slack = slack};
	JgCriticalPath plain = {.nodes = nodes};

	jg_graph_order(graph, order, NULL);
	jg_graph_critical_path(graph, order, weights, &plain);
	jg_graph_critical_path(graph, order, weights, &path);
	snprintf(got, sizeof(got), "%s= %lld | %s| %s", list(nodes, path.n), (long long) path.total,
			 list_times(finishes, n), list_times(slack, n));
	check(name, got, wanted);
	ok(plain.n == path.n && plain.total == path.total, "%s: the same without finishes and slack", name);
	jg_graph_free(graph);
}

static void
check_paths(void)
{
	static const int64_t weights[] = {5, 3, 7, 1, 2};
	static const int64_t back[] = {-5, 3, 0};
	static const int64_t zero[4];
	static const int64_t one[] = {1, 1, 1, 1, 1};
	static const int64_t huge[] = {INT64_MAX, 5, INT64_MAX - 5, 1};

	check_layers("no nodes", 0, "", 0, "");
	check_layers("no edges", 3, "", 1, "0 0 0 ");
	check_layers("the longest way counts", 5, "0>1 1>2 0>2 2>3", 4, "0 1 2 3 0 ");
	check_critical("no nodes", 0, "", weights, "= 0 | | ");
	check_critical("no edges: the longest node", 3, "", weights, "2 = 7 | 5 3 7 | 2 4 0 ");
	check_critical("a diamond", 4, "0>1 0>2 1>3 2>3", weights, "0 2 3 = 13 | 5 8 12 13 | 0 4 0 0 ");
	check_critical("beside it", 5, "0>1 0>2 1>3 2>3 1>4", weights, "0 2 3 = 13 | 5 8 12 13 10 | 0 3 0 0 3 ");
	check_critical("a duration below 0", 3, "0>1 1>2", back, "0 1 2 = 3 | 0 3 3 | 0 0 0 ");
	check_critical("equally long: the smaller node", 4, "3>0 1>0 2>0", zero, "1 0 = 0 | 0 0 0 0 | 0 0 0 0 ");
	check_critical("even if it is later in the order", 5, "0>3 2>1 3>4 1>4", one, "2 1 4 = 3 | 1 2 1 2 3 | 0 0 0 0 0 ");
	check_critical("from root to sink if nothing takes time", 4, "0>2 2>3", zero, "1 = 0 | 0 0 0 0 | 0 0 0 0 ");
	check_critical("sums that end", 4, "0>1 2>3", huge,
				   "0 1 = 9223372036854775807 | 9223372036854775807 9223372036854775807 9223372036854775802 "
				   "9223372036854775803 | 0 0 4 4 ");
}

/* --- random graphs against plain implementations --- */

typedef struct Model
{
	int n;
	int nedges;
	JgEdge edges[SMALL_EDGES];
	bool edge[SMALL][SMALL];
	int distance[SMALL][SMALL]; /* edges of the shortest path that has one; FAR: none */
	bool placed[SMALL];         /* waits for no cycle */
	int nplaced;
	int64_t weights[SMALL];
} Model;

/* Without cycles: each edge goes on in a random order of the nodes. */
static void
make_edges(Model *m, bool cycles)
{
	int rank[SMALL] = {0};

	for (int i = 0; i < m->n; i++)
	{
		int j = (int) (random() % (i + 1));

		rank[i] = rank[j];
		rank[j] = i;
	}
	m->nedges = 0;
	for (int i = (int) (random() % (1 + random() % SMALL_EDGES)); i > 0; i--)
	{
		JgEdge edge = {(int) (random() % m->n), (int) (random() % m->n)};

		if (cycles ? edge.from == edge.to && random() % 4 != 0 : rank[edge.from] >= rank[edge.to])
			continue;
		m->edges[m->nedges++] = edge;
		m->edge[edge.from][edge.to] = true;
	}
}

static void
find_distances(Model *m)
{
	for (int i = 0; i < m->n; i++)
		for (int j = 0; j < m->n; j++)
			m->distance[i][j] = m->edge[i][j] ? 1 : FAR;
	for (int k = 0; k < m->n; k++)
		for (int i = 0; i < m->n; i++)
			for (int j = 0; j < m->n; j++)
				if (m->distance[i][k] + m->distance[k][j] < m->distance[i][j])
					m->distance[i][j] = m->distance[i][k] + m->distance[k][j];
	for (int j = 0; j < m->n; j++)
	{
		m->placed[j] = m->distance[j][j] == FAR;
		for (int i = 0; i < m->n; i++)
			m->placed[j] = m->placed[j] && !(m->distance[i][i] < FAR && m->distance[i][j] < FAR);
		m->nplaced += m->placed[j];
	}
}

static void
make_model(Model *m, bool cycles)
{
	*m = (Model){.n = 1 + (int) (random() % SMALL)};
	make_edges(m, cycles);
	find_distances(m);
	for (int i = 0; i < m->n; i++)
		m->weights[i] = random() % 20;
}

static void
shuffle(Model *m)
{
	for (int i = m->nedges - 1; i > 0; i--)
	{
		int j = (int) (random() % (i + 1));
		JgEdge edge = m->edges[i];

		m->edges[i] = m->edges[j];
		m->edges[j] = edge;
	}
}

static bool
is_order(const Model *m, const int *order, int norder)
{
	int place[SMALL];

	for (int i = 0; i < m->n; i++)
		place[i] = -1;
	for (int i = 0; i < norder; i++)
	{
		if (order[i] < 0 || order[i] >= m->n || place[order[i]] >= 0 || !m->placed[order[i]])
			return false;
		place[order[i]] = i;
	}
	for (int i = 0; i < m->nedges; i++)
		if (m->placed[m->edges[i].to] && place[m->edges[i].from] >= place[m->edges[i].to])
			return false;
	return norder == m->nplaced;
}

static bool
is_cycle(const Model *m, const int *cycle, int ncycle)
{
	bool seen[SMALL] = {false};
	bool short_enough = false;

	if (m->nplaced == m->n)
		return ncycle == 0;
	for (int i = 0; i < ncycle; i++)
	{
		int node = cycle[i];

		if (node < cycle[0] || node >= m->n || seen[node] || !m->edge[cycle[(i + 1) % ncycle]][node])
			return false;
		seen[node] = true;
		short_enough = short_enough || m->distance[node][node] == ncycle;
	}
	return short_enough;
}

/* Relaxed as often as there are nodes. */
static bool
are_layers(const Model *m, const int *depths, int layers)
{
	int expected[SMALL] = {0};
	int deepest = 0;

	for (int round = 0; round < m->n; round++)
		for (int i = 0; i < m->nedges; i++)
			if (expected[m->edges[i].to] <= expected[m->edges[i].from])
				expected[m->edges[i].to] = expected[m->edges[i].from] + 1;
	for (int i = 0; i < m->n; i++)
		deepest = expected[i] > deepest ? expected[i] : deepest;
	return layers == deepest + 1 && memcmp(expected, depths, (size_t) m->n * sizeof(int)) == 0;
}

/* A path from root to sink whose weights make the total, and no time that the earliest and latest ends do not give. */
static bool
is_critical(const Model *m, const JgCriticalPath *path)
{
	int64_t earliest[SMALL];
	int64_t latest[SMALL];
	int64_t total = 0;
	int64_t sum = 0;
	bool good = path->n > 0;

	memcpy(earliest, m->weights, sizeof(earliest));
	for (int round = 0; round < m->n; round++)
		for (int i = 0; i < m->nedges; i++)
		{
			int64_t end = earliest[m->edges[i].from] + m->weights[m->edges[i].to];

			if (earliest[m->edges[i].to] < end)
				earliest[m->edges[i].to] = end;
		}
	for (int i = 0; i < m->n; i++)
		total = earliest[i] > total ? earliest[i] : total;
	for (int i = 0; i < m->n; i++)
		latest[i] = total;
	for (int round = 0; round < m->n; round++)
		for (int i = 0; i < m->nedges; i++)
		{
			int64_t end = latest[m->edges[i].to] - m->weights[m->edges[i].to];

			if (latest[m->edges[i].from] > end)
				latest[m->edges[i].from] = end;
		}
	for (int i = 0; i < m->n; i++)
		good = good && path->finishes[i] == earliest[i] && path->slack[i] == latest[i] - earliest[i];
	for (int i = 0; i < path->n; i++)
	{
		sum += m->weights[path->nodes[i]];
		good = good && path->slack[path->nodes[i]] == 0 && (i == 0 || m->edge[path->nodes[i - 1]][path->nodes[i]]);
	}
	for (int i = 0; i < m->n && good; i++)
		good = !m->edge[i][path->nodes[0]] && !m->edge[path->nodes[path->n - 1]][i];
	return good && sum == total && path->total == total;
}

static bool
check_ways(const Model *m, const JgGraph *graph, const int *order)
{
	int depths[SMALL];
	int nodes[SMALL];
	int64_t finishes[SMALL];
	int64_t slack[SMALL];
	JgCriticalPath path = {.nodes = nodes, .finishes = finishes, .slack = slack};
	int layers = jg_graph_layers(graph, order, depths);

	jg_graph_critical_path(graph, order, m->weights, &path);
	return are_layers(m, depths, layers) && is_critical(m, &path);
}

/* The edges in another order give the same. */
static bool
check_model(Model *m)
{
	JgGraph *graph = jg_graph_make(m->n, m->edges, m->nedges);
	JgGraph *again;
	int order[2][SMALL];
	int cycle[2][SMALL];
	int norder[2];
	bool all = jg_graph_order(graph, order[0], &norder[0]);
	int ncycle = jg_graph_cycle(graph, cycle[0]);
	bool good = all == (m->nplaced == m->n) && is_order(m, order[0], norder[0]) && is_cycle(m, cycle[0], ncycle) &&
				(!all || check_ways(m, graph, order[0]));

	shuffle(m);
	again = jg_graph_make(m->n, m->edges, m->nedges);
	jg_graph_order(again, order[1], &norder[1]);
	good = good && norder[0] == norder[1] && jg_graph_cycle(again, cycle[1]) == ncycle &&
		   memcmp(order[0], order[1], (size_t) norder[0] * sizeof(int)) == 0 &&
		   memcmp(cycle[0], cycle[1], (size_t) ncycle * sizeof(int)) == 0;
	jg_graph_free(graph);
	jg_graph_free(again);
	return good;
}

static void
check_random(void)
{
	unsigned seed = tap_seed();
	const char *size = getenv("JOBGRID_TEST_SIZE");
	int rounds = size != NULL && strcmp(size, "long") == 0 ? 100000 : 800;
	int with_cycle = 0;
	int wrong = 0;

	srandom(seed);
	for (int i = 0; i < rounds; i++)
	{
		static Model m;

		make_model(&m, i % 2 == 0);
		with_cycle += m.nplaced < m.n;
		if (check_model(&m) || wrong++ >= 3)
			continue;
		printf("# graph %d, %d nodes:", i, m.n);
		for (int j = 0; j < m.nedges; j++)
			printf(" %d>%d", m.edges[j].from, m.edges[j].to);
		printf("\n");
	}
	ok(wrong == 0, "%d random graphs, %d with a cycle (seed %u): %d wrong", rounds, with_cycle, seed, wrong);
	ok(with_cycle > rounds / 8 && with_cycle < rounds / 2, "there are some of both kinds");
}

/* --- sizes --- */

/* Of the processor, so that what else the machine does is not measured. */
static double
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

static JgGraph *big;
static int big_order[MANY];
static int big_list[MANY]; /* a cycle, depths or a path */
static int64_t big_weights[MANY];
static int64_t big_finishes[MANY];
static int64_t big_slack[MANY];

/* Makes the graph, its order and its cycle; returns how many nodes that has. */
static int
measure(const char *name, const JgEdge *edges, int nedges)
{
	double began = milliseconds();
	double made;
	double ordered;
	double ended;
	int ncycle;

	jg_graph_free(big);
	big = jg_graph_make(MANY, edges, nedges);
	made = milliseconds();
	jg_graph_order(big, big_order, NULL);
	ordered = milliseconds();
	ncycle = jg_graph_cycle(big, big_list);
	ended = milliseconds();
	printf("# %s: made in %.1f ms, order %.1f ms, cycle %.1f ms\n", name, made - began, ordered - made,
		   ended - ordered);
	ok(ended - began < 1000, "%s: within a second", name);
	return ncycle;
}

/* Each node takes 1, so that the critical path is one through all layers, 0 = any number of them. */
static void
measure_ways(const char *name, int layers)
{
	JgCriticalPath path = {.nodes = big_list, .finishes = big_finishes, .slack = big_slack};
	double began = milliseconds();
	double layered;
	double ended;
	int got = jg_graph_layers(big, big_order, big_list);

	layered = milliseconds();
	jg_graph_critical_path(big, big_order, big_weights, &path);
	ended = milliseconds();
	printf("# %s: layers %.1f ms, critical path %.1f ms\n", name, layered - began, ended - layered);
	ok(ended - began < 1000, "%s: paths within a second", name);
	ok((layers == 0 || got == layers) && path.n == got && path.total == got, "%s: %d layers, %d nodes take %lld", name,
	   got, path.n, (long long) path.total);
}

static void
check_chain(JgEdge *edges)
{
	for (int i = 0; i < MANY - 1; i++)
		edges[i] = (JgEdge){MANY - 1 - i, MANY - 2 - i};
	ok(measure("chain", edges, MANY - 1) == 0, "a chain has no cycle");
	measure_ways("chain", MANY);
	edges[MANY - 1] = (JgEdge){0, MANY - 1};
	ok(measure("ring", edges, MANY) == MANY && big_list[0] == 0 && big_list[MANY - 1] == MANY - 1,
	   "a ring of all nodes");
	edges[MANY - 1] = (JgEdge){MANY - 1, MANY - 1};
	ok(measure("chain after a node that waits for itself", edges, MANY) == 1 && big_list[0] == MANY - 1,
	   "the cycle is at the far end");
}

static void
check_star(JgEdge *edges)
{
	for (int i = 1; i < MANY; i++)
		edges[i - 1] = (JgEdge){i, 0};
	ok(measure("star, fan-in", edges, MANY - 1) == 0, "a fan-in has no cycle");
	measure_ways("star, fan-in", 2);
	for (int i = 1; i < MANY; i++)
		edges[i - 1] = (JgEdge){0, i};
	ok(measure("star, fan-out", edges, MANY - 1) == 0, "a fan-out has no cycle");
	measure_ways("star, fan-out", 2);
}

static void
check_forward(JgEdge *edges)
{
	for (int i = 0; i < 3 * MANY; i++)
	{
		int from = (int) (random() % (MANY - 1));

		edges[i] = (JgEdge){from, from + 1 + (int) (random() % (MANY - 1 - from))};
	}
	ok(measure("random, forward", edges, 3 * MANY) == 0, "forward edges make no cycle");
	measure_ways("random, forward", 0);
	for (int i = 0; i < 3 * MANY; i++)
		edges[i] = (JgEdge){(int) (random() % MANY), (int) (random() % MANY)};
	ok(measure("random, any", edges, 3 * MANY) > 0, "any edges make a cycle");
}

static void
check_sizes(void)
{
	JgEdge *edges = mem_alloc(3 * MANY * sizeof(JgEdge));

	for (int i = 0; i < MANY; i++)
		big_weights[i] = 1;
	check_chain(edges);
	check_star(edges);
	check_forward(edges);
	jg_graph_free(big);
	mem_free(edges);
}

int
main(void)
{
	check_bounds();
	check_rows();
	check_orders();
	check_cycles();
	check_paths();
	check_random();
	check_sizes();
	return done_testing();
}
