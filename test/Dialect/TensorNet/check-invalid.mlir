// RUN: tn-opt %s -split-input-file -verify-diagnostics

func.func @check_c1(%c: i1, %m: index, %n: index) {
  // expected-error @below {{'tensornet.check' op has 2 values but no place {1} in its message}}
  tensornet.check %c, "{0} is wrong"(%m, %n)
  return
}
