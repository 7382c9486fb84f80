/* Settings by which a session says why it edits the configuration. */
#ifndef JG_CHANGE_SETTING_H
#define JG_CHANGE_SETTING_H

extern void jg_change_guc_init(void); /* from _PG_init */

#endif
