/* Texts of schedules. What is read is said in words that are read as the same; what is refused is refused in one piece. */
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/time/schedule.h"
#include "../../extension/src/time/schedule_match.h"
#include "fuzz.h"
#include "utf8.h"

/* Not a byte differs, those between members neither. */
static bool
same_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(JgSchedule)) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	JgSchedule schedule;
	JgSchedule again;
	JgScheduleError error;
	char words[4000];

	memcpy(text, data, size);
	text[size] = '\0';
	if (jg_schedule_parse(text, &schedule, &error))
	{
		if (!jg_schedule_words(&schedule, words, sizeof(words)) || !jg_schedule_parse(words, &again, &error) ||
			!same_bytes(&schedule, &again))
			abort();
		jg_schedule_bind(&schedule, size);
		if (schedule.second.hash.on || schedule.minute.hash.on || schedule.hour.hash.on || schedule.hash_day.on ||
			schedule.hash_weekday.on || jg_schedule_time(&schedule, 0) < 0)
			abort();
	}
	else if (error.message[0] == '\0' || strnlen(error.message, sizeof(error.message)) == sizeof(error.message) ||
			 strnlen(error.hint, sizeof(error.hint)) == sizeof(error.hint) || error.position < 0 ||
			 error.position > (int) strlen(text) + 1)
		abort();
	/* What is text stays text. */
	else if (utf8_valid(text, strlen(text)) &&
			 (!utf8_valid(error.message, strlen(error.message)) || !utf8_valid(error.hint, strlen(error.hint))))
		abort();
	free(text);
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	static const char *const texts[] = {
		"every weekday at 07:30",
		"last business day of month at 18:00 in Europe/London",
		"every 15 minutes between 08:00 and 18:00 on mon, wed",
		"2 working days before month end at 20:00",
		"on the 1st and 15th at noon if working day in jan, feb",
		"every 2 weeks on fri at 18:00 starting 2026-01-02",
		"weekday nearest the 15th and on 2026-12-24 at 7am, 07:30:15",
		"every hour at minutes 0, 7 and 23 in hours 9-17",
		"CRON_TZ=UTC H(0-29)/10 */2 L-3,LW,15W jan-mar mon#1,friL",
		"0 0 */2 * mon",
		"@daily in Europe/Zurich",
		"0 0 \xd0\xba\xd0\xb0\xd0\xb6\xd0\xb4\xd1\x8b\xd0\xb9\xd0\xb4\xd0\xb5\xd0\xbd\xd1\x8c\xd0\xba\xd0\xb0\xd0\xb6\xd0\xb4\xd1\x8b\xd0\xb9\xd0\xb4\xd0\xb5\xd0\xbd\xd1\x8c * *",
	};

	if (i >= sizeof(texts) / sizeof(texts[0]))
		return false;
	buf_puts(out, texts[i]);
	return true;
}
