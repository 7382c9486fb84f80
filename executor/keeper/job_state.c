/*
 * job_state.c - the jobs as tagged fields, for the program that takes this one's place.
 *
 * Processes and pipes stay what they are: they are passed on by number.  Only states
 * that last longer than a turn of the loop occur here.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "job_table.h"
#include "mem.h"

typedef struct NumberField
{
	StateTag tag;
	size_t offset;
	size_t size;
} NumberField;

#define FIELD(tag, member)                                      \
	{                                                           \
		tag, offsetof(Job, member), sizeof(((Job *) 0)->member) \
	}

static const NumberField numbers[] = {
	FIELD(STATE_FLAGS, flags),
	FIELD(STATE_ADOPTED, adopted),
	FIELD(STATE_TIMEOUT_US, timeout_us),
	FIELD(STATE_GRACE_US, grace_us),
	FIELD(STATE_STARTED_AT, started_at),
	FIELD(STATE_KILL_SINCE, kill_since),
	FIELD(STATE_SWEEP_SINCE, sweep_since),
	FIELD(STATE_LEFT, left),
	FIELD(STATE_CAUSE, cause),
	FIELD(STATE_EXIT_KIND, exit_kind),
	FIELD(STATE_EXIT_STATUS, exit_status),
	FIELD(STATE_LAST_REQUEST, last_request),
	FIELD(STATE_LAST_ORDINAL, last_ordinal),
	FIELD(STATE_CHUNK, chunk),
	FIELD(STATE_BYTES, bytes),
	FIELD(STATE_OUTPUT_LIMIT, output_limit),
	FIELD(STATE_MEMORY_LIMIT, memory_limit),
	FIELD(STATE_LARGEST_KB, largest_kb),
	FIELD(STATE_PID_FD, pidfd),
	FIELD(STATE_SETUP_FD, setup),
	FIELD(STATE_OUT_FD, output[0]),
	FIELD(STATE_ERR_FD, output[1]),
	FIELD(STATE_SOCKET_FD, socket),
	FIELD(STATE_RESULT_FD, result),
	FIELD(STATE_LOST, lost),
	FIELD(STATE_END_RUN_US, ended.run_us),
	FIELD(STATE_END_AT, ended.ended_at),
	FIELD(STATE_END_CPU_US, ended.cpu_us),
	FIELD(STATE_END_MAX_RSS_KB, ended.max_rss_kb),
	FIELD(STATE_END_EVENT, ended.event),
	FIELD(STATE_END_EXIT_CODE, ended.exit_code),
	FIELD(STATE_END_SIGNAL, ended.signal),
	FIELD(STATE_END_FORCED, ended.forced),
};

#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

/* ---- writing ---- */

/* A number of 1, 4 or 8 bytes; a negative one keeps its sign. */
static int64_t
read_number(const Job *job, const NumberField *field)
{
	const char *at = (const char *) job + field->offset;
	int64_t wide;
	int32_t narrow;

	if (field->size == 1)
		return *at;
	if (field->size == sizeof(narrow))
	{
		memcpy(&narrow, at, sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, at, sizeof(wide));
	return wide;
}

/* What a failure to execute will be described with. */
static void
save_specification(const SpecBlock *spec, Buf *fields)
{
	SpecBuilder builder = {.numbers = spec->numbers};
	cleanup_buf Buf block = {0};

	for (char *const *arg = spec->argv; *arg != NULL; arg++)
		spec_add(&builder, SPEC_ARGV, *arg, strlen(*arg));
	for (char *const *secret = spec->secrets; *secret != NULL; secret++)
		spec_add(&builder, SPEC_SECRETS, *secret, strlen(*secret));
	spec_add(&builder, SPEC_DIRECTORY, spec->directory, strlen(spec->directory));
	spec_add(&builder, SPEC_RUN_AS, spec->run_as, strlen(spec->run_as));
	spec_add(&builder, SPEC_OUTPUT_FILE, spec->output_file, strlen(spec->output_file));
	spec_add(&builder, SPEC_ERROR_FILE, spec->error_file, strlen(spec->error_file));
	spec_add(&builder, SPEC_KIND, spec->kind, strlen(spec->kind));
	spec_encode(&builder, &block);
	state_put(fields, STATE_SPECIFICATION, block.data, block.len);
	spec_builder_free(&builder);
}

static void
save_one(const Job *job, Buf *out)
{
	cleanup_buf Buf fields = {0};
	cleanup_free char *place = contain_place(&job->contain);

	state_put_int(&fields, STATE_RUN_ID, job->node.key.run_id);
	state_put_int(&fields, STATE_FENCE, job->node.key.fence);
	state_put_int(&fields, STATE_ATTEMPT, job->node.key.attempt);
	state_put_text(&fields, STATE_NAME, job->name);
	state_put_text(&fields, STATE_LIFE, lifecycle_state_name(job->state));
	state_put_int(&fields, STATE_ON_RECORD, job->claim > 0);
	state_put_int(&fields, STATE_LEADER, job->contain.leader);
	state_put_int(&fields, STATE_START_TICKS, job->contain.start_ticks);
	state_put_text(&fields, STATE_PLACE, place);
	state_put_int(&fields, STATE_LIVE, job->pid_watch != NULL);
	state_put_int(&fields, STATE_DEADLINE, timer_is_set(&job->deadline) ? job->deadline.due : 0);
	state_put_int(&fields, STATE_PHASE, timer_is_set(&job->phase) ? job->phase.due : 0);
	state_put_text(&fields, STATE_MESSAGE, job->message);
	if (job->setup >= 0)
		save_specification(&job->spec, &fields);
	for (size_t i = 0; i < NUMBERS; i++)
		state_put_int(&fields, numbers[i].tag, read_number(job, &numbers[i]));
	state_put(out, STATE_JOB, fields.data, fields.len);
}

void
job_save(Buf *out)
{
	job_journal_save(out);
	for (const Job *job = job_next(NULL); job != NULL; job = job_next(job))
		save_one(job, out);
}

static void
keep_open(int fd, bool keep)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

void
job_keep_open(bool keep)
{
	job_journal_keep_open(keep);
	for (const Job *job = job_next(NULL); job != NULL; job = job_next(job))
	{
		keep_open(job->pidfd, keep);
		keep_open(job->setup, keep);
		keep_open(job->output[0], keep);
		keep_open(job->output[1], keep);
		keep_open(job->socket, keep);
		keep_open(job->result, keep);
	}
}

/* ---- reading ---- */

static int
read_life(State fields, LifeState *life, Err *e)
{
	cleanup_free char *name = state_text(fields, STATE_LIFE);

	for (int i = 0; i < LIFE_STATES; i++)
	{
		bool lasts = i != LIFE_RECOVERED && i != LIFE_STARTING && i != LIFE_ENDING && i != LIFE_FORGOTTEN;

		*life = (LifeState) i;
		if (lasts && strcmp(name, lifecycle_state_name(*life)) == 0)
			return 0;
	}
	return err_set(e, 0, "a job is in state \"%s\", which is not known here", name);
}

static int
read_key(State fields, AttemptKey *key, Err *e)
{
	*key = (AttemptKey){.run_id = state_int(fields, STATE_RUN_ID, 0),
						.fence = state_int(fields, STATE_FENCE, 0),
						.attempt = (int32_t) state_int(fields, STATE_ATTEMPT, 0)};
	return msg_check_key(key, e);
}

static int
check_one(State fields, Err *e)
{
	AttemptKey key;
	LifeState life;
	State block;
	SpecBlock spec = {0};
	int result = 0;

	if (state_check(fields, e) < 0 || read_key(fields, &key, e) < 0 || read_life(fields, &life, e) < 0)
		return -1;
	if (life < LIFE_ENDED && state_int(fields, STATE_LEADER, 0) <= 1)
		return err_set(e, 0, "a running job has no process");
	if (state_find(fields, STATE_SPECIFICATION, &block))
		result = spec_decode(block.bytes, block.len, &spec, e);
	spec_free(&spec);
	return result;
}

static void
write_number(Job *job, const NumberField *field, int64_t value)
{
	char *at = (char *) job + field->offset;
	int32_t narrow = (int32_t) value;

	if (field->size == 1)
		*at = value != 0;
	else if (field->size == sizeof(narrow))
		memcpy(at, &narrow, sizeof(narrow));
	else
		memcpy(at, &value, sizeof(value));
}

static void
resume_processes(Job *job, State fields)
{
	pid_t leader = (pid_t) state_int(fields, STATE_LEADER, 0);
	cleanup_free char *place = state_text(fields, STATE_PLACE);

	if (job->adopted)
		contain_adopt(&job->contain, &job->node.key, leader, state_int(fields, STATE_START_TICKS, 0), job->pidfd,
					  place);
	else
		contain_resume(&job->contain, &job->node.key, leader, place);
}

static int
resume_one(State fields, Err *e)
{
	cleanup_free char *name = state_text(fields, STATE_NAME);
	cleanup_free char *message = state_text(fields, STATE_MESSAGE);
	AttemptKey key;
	LifeState life;
	State block;
	Job *job;

	if (read_key(fields, &key, e) < 0 || read_life(fields, &life, e) < 0)
		return -1;
	job = job_add(&key, name, life);
	for (size_t i = 0; i < NUMBERS; i++)
		write_number(job, &numbers[i], state_int(fields, numbers[i].tag, read_number(job, &numbers[i])));
	job->ended.key = key;
	job_say(job, message);
	if (state_int(fields, STATE_ON_RECORD, 0) != 0)
		job_journal_claim(job);
	if (state_find(fields, STATE_SPECIFICATION, &block) && spec_decode(block.bytes, block.len, &job->spec, e) < 0)
		return -1;
	if (life < LIFE_ENDED)
		resume_processes(job, fields);
	job_set_timers(job, state_int(fields, STATE_DEADLINE, 0), state_int(fields, STATE_PHASE, 0));
	if (state_int(fields, STATE_LIVE, 0) != 0)
		return job_watch(job, e);
	if (life < LIFE_ENDING)
		job_watch_outputs(job);
	return 0;
}

static int
for_each_job(State state, int (*visit)(State fields, Err *e), Err *e)
{
	uint32_t tag = 0;
	State field;
	int result;

	while ((result = state_next(&state, &tag, &field, e)) > 0)
	{
		if (tag == STATE_JOB && visit(field, e) < 0)
			return -1;
	}
	return result;
}

int
job_state_check(State state, Err *e)
{
	State journal;

	if (!state_find(state, STATE_JOURNAL, &journal) || state_check(journal, e) < 0)
		return err_set(e, 0, "there is no journal in the state");
	return journal_state_check(journal, e) < 0 ? -1 : for_each_job(state, check_one, e);
}

int
job_resume(State state, Err *e)
{
	State journal;

	if (job_state_check(state, e) < 0)
		return -1;
	state_find(state, STATE_JOURNAL, &journal);
	if (job_journal_resume(journal, e) < 0 || for_each_job(state, resume_one, e) < 0)
		return -1;
	job_keep_open(false);
	return 0;
}
