"""Hold the words that all wings share: errors, types, names, the table of options.

The wing may import nothing of SimilIJ, and everybody may import it, so that two wings
that share an error or a rule for names need not know each other. A thing belongs here
if several wings need it and it knows neither pixels nor metrics: what is shared because
it computes is in `moments`. `options` with its `options.ini` is the one table from
which the shell, the macro keys, the dialogs and the docs are made; ImageJ's plugin has
the same file in its jar.
"""
