// The stub, for aarch64: see stub-x86_64.s, which it follows label by label.

        .set    ENTRY, 144

        .macro  ticks slot              // the virtual counter, 64 bits
        isb
        mrs     x9, cntvct_el0
        str     x9, [x19, #\slot]
        .endm

        .macro  argument i
        ldr     x\i, [x19, #(8+8*\i)]
        ldrb    w9, [x19, #(64+\i)]
        cbz     w9, 2f                  // 0: the value itself
        cmp     w9, #1
        b.eq    1f
        ldr     w\i, [x\i]              // 2: the 32 bits at that address
        b       2f
1:      ldr     x\i, [x\i]              // 1: the 64 bits at that address
2:
        .endm

// long run(struct entry *first)
run:    str     x19, [sp, #-16]!
        mov     x19, x0
next:   ticks   120
        argument 0
        argument 1
        argument 2
        argument 3
        argument 4
        argument 5
        ldr     x8, [x19]
        tbnz    x8, #63, special
        svc     #0
done:   ldr     x9, [x19, #80]
        cbz     x9, store
        ldr     x10, [x19, #72]
        cmp     x0, x10                 // a match is not stored: both sides of a clone come by here
        b.eq    jump
store:  str     x0, [x19, #56]
        ticks   128
        cmn     x0, #4095
        b.hs    failed
follow: add     x19, x19, #ENTRY
        b       next
jump:   mov     x19, x9
        b       next

failed: neg     x0, x0
        cmp     x0, #192
        b.hs    give_up
        add     x9, x19, #96
        lsr     x10, x0, #3
        ldrb    w9, [x9, x10]
        and     x10, x0, #7
        lsr     w9, w9, w10
        tbz     w9, #0, give_up
        ldr     x9, [x19, #88]
        cbz     x9, follow
        b       jump
give_up:
        mov     x0, #125
        mov     x8, #94                 // exit_group
        svc     #0
        brk     #0

special:                                // see Operation.Special
        adds    x8, x8, #1
        b.eq    minus                   // -1
        adds    x8, x8, #1
        b.eq    return                  // -2
        adds    x8, x8, #1
        b.eq    thread                  // -3
        adds    x8, x8, #1
        b.eq    put                     // -4
        cmp     x0, x1                  // -5
        cset    x0, ge
        b       done
minus:  sub     x0, x0, x1
        b       done
return: ldr     x19, [sp], #16
        ret
thread: mrs     x0, tpidr_el0
        b       done
put:    str     x0, [x1]
        mov     x0, #0
        b       done

// void signal(int number): writes the number to a pipe, so that a Java thread can read it
signal: str     x0, [sp, #-16]!
        mov     x1, sp
        ldr     w0, pipe
        mov     x2, #8
        mov     x8, #64                 // write
        svc     #0
        add     sp, sp, #16
        ret
restore:
        mov     x8, #139                // rt_sigreturn
        svc     #0
        .balign 8
pipe:   .quad   -1
