/* Who acts, and what he may see. */
#ifndef JG_IDENTITY_H
#define JG_IDENTITY_H

#include "postgres.h"

/* session_user; raises where code of somebody else runs in this session without his knowing. */
extern Oid jg_session_user(void);

/* The role that counts: session_user, or what a gateway's session has set as its role. */
extern Oid jg_actor(void);

/* While an edit is applied that somebody else has proposed, he is the actor. Returns who was before; InvalidOid: the session. */
extern Oid jg_stand_for(Oid person);

/* session_user's name, for the record (palloc'd). */
extern char *jg_session_role(void);

/* The role a gateway acts for, NULL in other sessions. */
extern char *jg_act_as(void);

/* Tenants the actor sees, as int4[]; isnull: all of them. SPI must be connected. */
extern Datum jg_visible_tenants(bool *isnull);

#endif
