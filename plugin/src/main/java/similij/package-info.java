// SPDX-License-Identifier: BSD-2-Clause
/**
 * The commands: what ImageJ's menu, a macro and a script name.
 * <p>
 * These names stand in {@code plugins.config}, in macros and in scripts of users, so nothing else lives here and none of
 * them moves. They may import everything; nothing may import them, since a runner that knew its command could not be run
 * by another one.
 * </p>
 */
package similij;
