"""Run over pixels: the compiled loops, how they are compiled, kept and given threads.

Each module of loops serves one purpose: `plain` whole images on any processor,
`vectors` and `rows` on those with AVX2 or AVX-512 and on ARM (written with `simd`, for
which `instructions` names what each has), `labels` and `label_vectors` label images,
`windows` sliding windows, and so on. `choice` picks the loops that the processor can
run, `parts` cuts the work for the threads, `compiled` and `loop_cache` compile a loop
and keep it on disk. The folder may import `ground` only. Its loops are imported inside
the functions that call them: they bring numba, for which `import similij` should not
wait.
"""
