/* The reference model M(N, K): N accounts, K operations an account in each of two sessions, four stores an account.
 *
 * A store is one byte: enrolled 1, password 2 bits, channel 2 (0 none, 1 email, 2 app), locked 1, failures 2; so that
 * states are small. One process, one indivisible step an operation: there are no states but those of the model.
 * Compile with N and K defined; with LEAK, Monday is copied from the secondary, and the assertion fails.
 */

#ifndef N
#define N 2
#endif
#ifndef K
#define K 2
#endif

#define S1 0
#define G1 1
#define S2 2
#define G2 3
#define MON 4

#define PASSWORD_OF(r, p) ((r & 249) | (p << 1))
#define CHANNEL_OF(r, c) ((r & 231) | (c << 3))
#define ENROLLED(r) (r & 1)
#define LOCKED(r) (r & 32)
#define FAILURES(r) (r >> 6)

byte phase;
byte ops[N];
byte primary[N];
byte secondary[N];
byte checkpoint[N];
byte monday[N];
hidden byte i;

#define MAY(a, session) phase == session && ops[a] < K
#define DO(a, session, guard, store, after) \
  :: d_step { MAY(a, session) && (guard) -> store[a] = after; ops[a] = ops[a] + 1 }

#define INITIATE(a, s, st, p, c) DO(a, s, !ENROLLED(st[a]), st, (PASSWORD_OF(st[a], p) & 231) | (c << 3) | 1)
#define PASSWORD(a, s, st, p) DO(a, s, ENROLLED(st[a]), st, PASSWORD_OF(st[a], p))
#define CHANNEL(a, s, st, c) DO(a, s, ENROLLED(st[a]), st, CHANNEL_OF(st[a], c))
#define WRONG(r) (FAILURES(r) == 2 -> ((r & 63) | 32) : (r + 64))
#define LOGON(a, s, st) DO(a, s, !LOCKED(st[a]), st, st[a] & 63) DO(a, s, !LOCKED(st[a]), st, WRONG(st[a]))

#define CLIENT(a, s, st) \
  INITIATE(a, s, st, 0, 1) INITIATE(a, s, st, 1, 1) INITIATE(a, s, st, 2, 1) \
  INITIATE(a, s, st, 0, 2) INITIATE(a, s, st, 1, 2) INITIATE(a, s, st, 2, 2) \
  PASSWORD(a, s, st, 0) PASSWORD(a, s, st, 1) PASSWORD(a, s, st, 2) \
  CHANNEL(a, s, st, 1) CHANNEL(a, s, st, 2) LOGON(a, s, st)
#define ACCOUNT(a) CLIENT(a, S1, primary) CLIENT(a, S2, secondary)

active proctype weekend() {
end: do
  ACCOUNT(0)
#if N > 1
  ACCOUNT(1)
#endif
#if N > 2
  ACCOUNT(2)
#endif
  :: d_step { phase == S1 ->
       for (i : 0 .. N - 1) { secondary[i] = primary[i]; checkpoint[i] = primary[i]; ops[i] = 0 }
       i = 0; phase = G1 }
  :: d_step { phase == G1 -> phase = S2 }
  :: d_step { phase == S2 ->
       for (i : 0 .. N - 1) {
#ifndef LEAK
         secondary[i] = checkpoint[i];
#endif
         ops[i] = 0
       }
       i = 0; phase = G2 }
  :: d_step { phase == G2 ->
       for (i : 0 .. N - 1) {
#ifdef LEAK
         assert(secondary[i] == checkpoint[i]);
         monday[i] = secondary[i]
#else
         monday[i] = checkpoint[i]
#endif
       }
       i = 0; phase = MON }
  od
}
