"""Hold the table of a result, and give all that is a view of it.

`table` holds columns, or the rows of a small result; `columns` says what the columns
are. `comparison` is what users get: a table with what it was asked for; `csv` and
`parquet` are the table as files, `groups` what its rows say together. Nothing here
measures: tallies, one floor above, fill tables, and batches, reports, pictures and
ImageJ read them, so that a column is described, and a row made, in one place.
"""
