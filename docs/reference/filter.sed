# What the reference reads instead of a header.
# Users write the names without the inline namespace (ADR 34).
s|namespace scaleset::inline v0|namespace scaleset|
:top
# A comment behind a member belongs to it, with the lines it goes on in.
/[;,] +\/\/ /{
  s|([;,]) +// |\1 ///< |
  n
  :more
  /^ +\/\/ /{
    s|^( +)// |\1///< |
    n
    b more
  }
  b top
}
# Defaulted and deleted constructors and assignments, and constructors that only the library can call,
# are left out. Comparisons stay.
/operator(==|<=>)/!s/^ .*\) (noexcept )?= (default|delete);$//
s/^ .*_ptr<Impl> impl\);$//
