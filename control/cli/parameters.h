/*
 * -p name=value and --params as statement parameters.
 */
#ifndef JOBGRID_CLI_PARAMETERS_H
#define JOBGRID_CLI_PARAMETERS_H

#include "args.h"
#include "buf.h"

/* Three arrays as PostgreSQL reads them; of text and json one is null in each place. */
typedef struct Parameters
{
	Buf names;
	Buf text;
	Buf json;
} Parameters;

#define PARAMETER_OPTIONS                                                                                           \
	{"param", 'p', "NAME=VALUE", "parameter with a text value; NAME:=JSON for a number, true, a list; repeatable"}, \
	{                                                                                                               \
		"params", 0, "JSON", "parameters as one JSON object; -p is merged over it"                                  \
	}

/* The parameters as jsonb, or null when none are given: $1 the object, $2 to $4 the arrays. */
#define PARAMETER_SQL                                                                 \
	"(select coalesce($1::jsonb || p.given, p.given, $1::jsonb) from ("               \
	"select jsonb_object_agg(name, coalesce(json::jsonb, to_jsonb(value))) as given " \
	"from unnest($2::text[], $3::text[], $4::text[]) as t (name, value, json)) p)"

extern int parameters_collect(Parameters *parameters, const Args *args, Failure *failure);
extern void parameters_free(Parameters *parameters);

#endif
