divert(-1)
# A state machine and a multiplication table in C, made by recursive macros.
define(`repeat', `ifelse(eval($1 > $2), 1, `', `pushdef(`i', $1)$3`'popdef(`i')repeat(incr($1), $2, `$3')')')
define(`row', `    {repeat(0, 15, `eval(i * $1), ')},
')
define(`state', `case STATE_`'translit($1, `a-z', `A-Z'): return input == patsubst(`$2', `[^0-9]', `') ? STATE_`'translit($3, `a-z', `A-Z') : STATE_ERROR;
')
divert(0)dnl
static const int table[][16] = {
repeat(0, 40, `row(i)')};
switch (state) {
state(`idle', `in 1', `armed')state(`armed', `in 2', `firing')state(`firing', `in 3', `cooling')state(`cooling', `in 4', `idle')dnl
}
